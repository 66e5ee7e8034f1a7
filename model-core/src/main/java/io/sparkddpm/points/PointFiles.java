package io.sparkddpm.points;

import io.sparkddpm.error.BadRecordException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Files that hold a set of points each: PLY, and text with a point in each line. */
public final class PointFiles {
  /** Extensions of files that can be read. */
  public static final List<String> EXTENSIONS = List.of(".ply", ".xyz");

  private PointFiles() {}

  /**
   * Reads a file by its extension.
   *
   * @param name of the file, with its extension
   * @throws BadRecordException naming the file, if it holds no points, is damaged, or has another
   *     extension
   */
  public static PointSet read(byte[] file, String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.endsWith(".ply")) {
      return Ply.read(file, name);
    }
    if (lower.endsWith(".xyz")) {
      return readXyz(file, name);
    }
    throw new BadRecordException(
        "%s is no file of points: its name must end with one of %s", name, EXTENSIONS);
  }

  /** Lines of x, y, z and maybe more numbers, between spaces or commas; # begins a comment. */
  private static PointSet readXyz(byte[] file, String name) {
    List<double[]> points = new ArrayList<>();
    int number = 0;
    for (String line : new String(file, StandardCharsets.UTF_8).lines().toList()) {
      String place = name + ", line " + ++number;
      String text = line.strip();
      if (text.isEmpty() || text.startsWith("#")) {
        continue;
      }
      String[] words = text.split("[\\s,;]+");
      if (words.length < PointSet.AXES) {
        throw new BadRecordException("%s: x, y and z are needed, got '%s'", place, shortened(text));
      }
      double[] point = new double[PointSet.AXES];
      for (int axis = 0; axis < PointSet.AXES; axis++) {
        point[axis] = number(words[axis], place);
        checkFinite(point[axis], points.size(), name);
      }
      points.add(point);
    }
    if (points.isEmpty()) {
      throw new BadRecordException("%s holds no points", name);
    }
    double[] coordinates = new double[points.size() * PointSet.AXES];
    for (int i = 0; i < points.size(); i++) {
      System.arraycopy(points.get(i), 0, coordinates, i * PointSet.AXES, PointSet.AXES);
    }
    return new PointSet(coordinates);
  }

  /** A number of a file of text. */
  static double number(String word, String place) {
    try {
      return Double.parseDouble(word);
    } catch (NumberFormatException e) {
      throw new BadRecordException(e, "%s: '%s' is no number", place, shortened(word));
    }
  }

  private static String shortened(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }

  static void checkFinite(double coordinate, int point, String name) {
    if (!Double.isFinite(coordinate)) {
      throw new BadRecordException(
          "%s has a coordinate of %s at point %d", name, coordinate, point);
    }
  }
}

package io.sparkddpm.points;

import io.sparkddpm.error.BadRecordException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.StringTokenizer;

/**
 * PLY files (Turk 1994). Of all elements only vertices are read, and of these x, y and z; faces,
 * normals and colours are ignored.
 */
public final class Ply {
  private Ply() {}

  /**
   * Reads the points of a file, in ASCII or binary.
   *
   * @param name of the file, for messages
   * @throws BadRecordException naming the file, if it is none, or is cut off
   */
  public static PointSet read(byte[] file, String name) {
    PlyHeader header = PlyHeader.read(file, name);
    PlyHeader.Element vertices = header.vertices(name);
    Numbers numbers = numbers(file, header, name);
    long most = (file.length - header.length()) / numbers.leastBytes(vertices);
    if (vertices.count() == 0 || vertices.count() > most) {
      throw new BadRecordException(
          "%s is to have %d vertices, but has %d bytes after its header",
          name, vertices.count(), file.length - header.length());
    }
    try {
      for (PlyHeader.Element element : header.elements()) {
        if (element.equals(vertices)) {
          return points(numbers, vertices, name);
        }
        skip(numbers, element);
      }
    } catch (BufferUnderflowException e) {
      throw new BadRecordException(e, "%s is cut off", name);
    }
    throw new IllegalStateException("the vertices are one of the elements");
  }

  private static PointSet points(Numbers numbers, PlyHeader.Element vertices, String name) {
    int count = Math.toIntExact(vertices.count());
    double[] coordinates = new double[Math.multiplyExact(count, PointSet.AXES)];
    for (int i = 0; i < count; i++) {
      for (PlyHeader.Property property : vertices.properties()) {
        int axis = property.name().length() == 1 ? "xyz".indexOf(property.name()) : -1;
        if (property.count() == null) {
          double value = numbers.next(property.type());
          if (axis >= 0) {
            PointFiles.checkFinite(value, i, name);
            coordinates[i * PointSet.AXES + axis] = value;
          }
        } else {
          skipList(numbers, property);
        }
      }
    }
    return new PointSet(coordinates);
  }

  private static void skip(Numbers numbers, PlyHeader.Element element) {
    if (element.properties().isEmpty()) {
      return;
    }
    for (long i = 0; i < element.count(); i++) {
      for (PlyHeader.Property property : element.properties()) {
        if (property.count() == null) {
          numbers.next(property.type());
        } else {
          skipList(numbers, property);
        }
      }
    }
  }

  private static void skipList(Numbers numbers, PlyHeader.Property list) {
    long length = (long) numbers.next(list.count());
    for (long i = 0; i < length; i++) {
      numbers.next(list.type());
    }
  }

  /** What follows the header, number by number. */
  private interface Numbers {
    /**
     * The next number.
     *
     * @throws BufferUnderflowException at the end
     */
    double next(PlyHeader.Type type);

    /** Bytes that a record of an element has at least. */
    long leastBytes(PlyHeader.Element element);
  }

  private static Numbers numbers(byte[] file, PlyHeader header, String name) {
    int length = file.length - header.length();
    return switch (header.format()) {
      case ASCII -> new Words(file, header.length(), length, name);
      case BINARY_LITTLE_ENDIAN ->
          new Binary(ByteBuffer.wrap(file, header.length(), length).order(ByteOrder.LITTLE_ENDIAN));
      case BINARY_BIG_ENDIAN -> new Binary(ByteBuffer.wrap(file, header.length(), length));
    };
  }

  private record Binary(ByteBuffer bytes) implements Numbers {
    @Override
    public double next(PlyHeader.Type type) {
      return type.read(bytes);
    }

    @Override
    public long leastBytes(PlyHeader.Element element) {
      return element.leastBytes();
    }
  }

  private record Words(StringTokenizer words, String name) implements Numbers {
    Words(byte[] file, int from, int length, String name) {
      this(new StringTokenizer(new String(file, from, length, StandardCharsets.ISO_8859_1)), name);
    }

    @Override
    public double next(PlyHeader.Type type) {
      if (!words.hasMoreTokens()) {
        throw new BufferUnderflowException();
      }
      return PointFiles.number(words.nextToken(), name);
    }

    @Override
    public long leastBytes(PlyHeader.Element element) {
      return element.properties().size();
    }
  }

  /** A binary file of float32 coordinates. */
  public static byte[] write(PointSet points) {
    byte[] header =
        ("ply\nformat binary_little_endian 1.0\nelement vertex "
                + points.count()
                + "\nproperty float x\nproperty float y\nproperty float z\nend_header\n")
            .getBytes(StandardCharsets.US_ASCII);
    ByteBuffer file =
        ByteBuffer.allocate(header.length + points.coordinates().length * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    file.put(header);
    for (double coordinate : points.coordinates()) {
      file.putFloat((float) coordinate);
    }
    return file.array();
  }
}

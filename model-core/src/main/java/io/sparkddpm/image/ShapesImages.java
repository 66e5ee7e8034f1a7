package io.sparkddpm.image;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * Images that the program draws by itself, for trying everything out without data: ten classes of
 * shapes in a saturated colour on a plain dark ground, [3, 32, 32]. Image i is a pure function of
 * (seed, i); classes take turns.
 */
public final class ShapesImages {
  /** The ten classes by label. */
  public static final List<String> CLASS_NAMES =
      List.of(
          "circle",
          "square",
          "triangle",
          "cross",
          "ring",
          "star",
          "stripes",
          "diamond",
          "crescent",
          "heart");

  private static final int SIZE = Cifar10.SIZE;
  private static final int SUBSAMPLES = 4;
  private static final int[][] COLOURS = {
    {235, 64, 52}, {245, 166, 35}, {250, 225, 60}, {80, 200, 90}, {70, 150, 245}, {215, 90, 220}
  };
  private static final int[] GROUND = {24, 28, 44};

  /** The normals of a pentagram's five edges, which lie at cos 72° of its circumradius of 1. */
  private static final double[] STAR_X = new double[5];

  private static final double[] STAR_Y = new double[5];
  private static final double STAR_EDGE = 0.309;

  static {
    for (int k = 0; k < STAR_X.length; k++) {
      STAR_X[k] = StrictMath.sin(2 * StrictMath.PI * k / 5);
      STAR_Y[k] = -StrictMath.cos(2 * StrictMath.PI * k / 5);
    }
  }

  private ShapesImages() {}

  /** Image {@code index} of the endless row that belongs to {@code seed}. */
  public static LabelledImage draw(long seed, long index) {
    RandomStream random = RandomStream.of(seed, Purpose.SHAPES, index);
    int label = (int) Math.floorMod(index, (long) CLASS_NAMES.size());
    int[] colour = COLOURS[random.nextInt(COLOURS.length)];
    double shade = 0.9 + 0.1 * random.nextDouble();
    double radius = 9 + 4 * random.nextDouble();
    double centreX = SIZE / 2.0 + 4 * (random.nextDouble() - 0.5);
    double centreY = SIZE / 2.0 + 4 * (random.nextDouble() - 0.5);
    byte[] pixels = new byte[3 * SIZE * SIZE];
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        double cover = coverage(label, x - centreX, y - centreY, radius);
        for (int c = 0; c < 3; c++) {
          double value = GROUND[c] + cover * (colour[c] * shade - GROUND[c]);
          pixels[(c * SIZE + y) * SIZE + x] = (byte) Math.round(value);
        }
      }
    }
    return new LabelledImage(new ByteImage(pixels, 3, SIZE, SIZE), label);
  }

  /** Images 0 to {@code count} − 1 in CIFAR-10's binary layout. */
  public static void write(OutputStream out, long seed, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Cifar10.write(out, draw(seed, i));
    }
  }

  /** The share of the pixel whose corner lies at (left, top) from the shape's centre. */
  private static double coverage(int label, double left, double top, double radius) {
    int inside = 0;
    for (int i = 0; i < SUBSAMPLES; i++) {
      double v = (top + (i + 0.5) / SUBSAMPLES) / radius;
      for (int j = 0; j < SUBSAMPLES; j++) {
        double u = (left + (j + 0.5) / SUBSAMPLES) / radius;
        inside += isInside(label, u, v) ? 1 : 0;
      }
    }
    return (double) inside / (SUBSAMPLES * SUBSAMPLES);
  }

  /** Whether (u right, v down) lies in the shape of about unit radius. */
  private static boolean isInside(int label, double u, double v) {
    double r2 = u * u + v * v;
    return switch (label) {
      case 0 -> r2 <= 1; // circle
      case 1 -> Math.max(Math.abs(u), Math.abs(v)) <= 0.85; // square
      case 2 -> v <= 0.8 && v >= 2.0 * Math.abs(u) - 1.0; // triangle
      case 3 -> // cross
          Math.min(Math.abs(u), Math.abs(v)) <= 0.3 && Math.max(Math.abs(u), Math.abs(v)) <= 1;
      case 4 -> r2 <= 1 && r2 >= 0.35; // ring
      case 5 -> isInStar(u, v);
      case 6 -> // stripes: three bars
          Math.abs(u) <= 0.95 && Math.abs(v) <= 1 && (Math.abs(v) <= 0.2 || Math.abs(v) >= 0.6);
      case 7 -> Math.abs(u) * 1.3 + Math.abs(v) <= 1; // diamond
      case 8 -> r2 <= 1 && (u - 0.5) * (u - 0.5) + v * v >= 0.6; // crescent
      case 9 -> isInHeart(u * 1.2, -(v - 0.05) * 1.2);
      default -> throw new IllegalArgumentException("no shape " + label);
    };
  }

  /** A five-pointed star, one point up: at least four of the five half-planes hold. */
  private static boolean isInStar(double u, double v) {
    int holds = 0;
    for (int k = 0; k < STAR_X.length; k++) {
      holds += u * STAR_X[k] + v * STAR_Y[k] <= STAR_EDGE ? 1 : 0;
    }
    return holds >= 4;
  }

  /** (x² + y² − 1)³ ≤ x²y³, y up. */
  private static boolean isInHeart(double x, double y) {
    double a = x * x + y * y - 1;
    return a * a * a <= x * x * y * y * y;
  }
}

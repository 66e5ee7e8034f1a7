package io.sparkddpm.points;

import io.sparkddpm.medium.DrawnItems;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.List;

/**
 * Eight bodies and curves in space, each with proportions of its own and turned about the upright
 * axis: points spread evenly over surfaces and along curves, with a little noise.
 */
public final class DrawnPoints implements DrawnItems {
  /** Points of a set. */
  public static final int POINTS = 512;

  private static final double NOISE = 0.01;
  private static final double TURN = 2 * StrictMath.PI;

  @Override
  public String name() {
    return "points";
  }

  @Override
  public String extension() {
    return "ply";
  }

  @Override
  public List<String> classNames() {
    return List.of("sphere", "torus", "cube", "cylinder", "cone", "helix", "knot", "rings");
  }

  @Override
  public byte[] file(long seed, long index) {
    return Ply.write(draw(seed, index));
  }

  /** Item {@code index} of the endless row that belongs to {@code seed}. */
  PointSet draw(long seed, long index) {
    RandomStream random = RandomStream.of(seed, Purpose.POINT_SHAPES, index);
    int label = (int) Math.floorMod(index, (long) classNames().size());
    double proportion = random.nextDouble();
    double angle = TURN * random.nextDouble();
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    double[] coordinates = new double[POINTS * PointSet.AXES];
    for (int i = 0; i < POINTS; i++) {
      double[] p = point(label, proportion, random);
      coordinates[i * PointSet.AXES] = cos * p[0] - sin * p[1] + NOISE * random.nextGaussian();
      coordinates[i * PointSet.AXES + 1] = sin * p[0] + cos * p[1] + NOISE * random.nextGaussian();
      coordinates[i * PointSet.AXES + 2] = p[2] + NOISE * random.nextGaussian();
    }
    return new PointSet(coordinates);
  }

  private static double[] point(int label, double proportion, RandomStream random) {
    return switch (label) {
      case 0 -> onSphere(random);
      case 1 -> onTorus(0.25 + 0.2 * proportion, random);
      case 2 -> onBox(0.6 + 0.4 * proportion, random);
      case 3 -> onCylinder(0.35 + 0.3 * proportion, random);
      case 4 -> onCone(0.6 + 0.4 * proportion, random);
      case 5 -> onHelix(2 + proportion, random);
      case 6 -> onKnot(0.3 + 0.15 * proportion, random);
      case 7 -> onRings(0.5 + 0.2 * proportion, random);
      default -> throw new IllegalArgumentException("no shape " + label);
    };
  }

  private static double[] circle(double angle, double radius, double z) {
    return new double[] {radius * StrictMath.cos(angle), radius * StrictMath.sin(angle), z};
  }

  private static double uniform(double from, double to, RandomStream random) {
    return from + (to - from) * random.nextDouble();
  }

  private static double[] onSphere(RandomStream random) {
    double z = uniform(-1, 1, random);
    return circle(TURN * random.nextDouble(), Math.sqrt(1 - z * z), z);
  }

  /** Lying flat; angles around the tube are accepted in proportion to the area there. */
  private static double[] onTorus(double tube, RandomStream random) {
    double around;
    do {
      around = TURN * random.nextDouble();
    } while (random.nextDouble() * (1 + tube) > 1 + tube * StrictMath.cos(around));
    return circle(
        TURN * random.nextDouble(),
        1 + tube * StrictMath.cos(around),
        tube * StrictMath.sin(around));
  }

  /** A box over the square from −1 to 1, from −height to height. */
  private static double[] onBox(double height, RandomStream random) {
    double u = uniform(-1, 1, random);
    double v = uniform(-1, 1, random);
    double side = random.nextDouble() * (2 + 4 * height);
    if (side < 2) {
      return new double[] {u, v, side < 1 ? height : -height};
    }
    int wall = (int) Math.min(3, (side - 2) / height);
    double end = wall % 2 == 0 ? 1 : -1;
    return wall < 2 ? new double[] {end, u, v * height} : new double[] {u, end, v * height};
  }

  private static double[] onCylinder(double radius, RandomStream random) {
    double angle = TURN * random.nextDouble();
    if (random.nextDouble() * (2 + radius) < 2) { // the wall's share of the area
      return circle(angle, radius, uniform(-1, 1, random));
    }
    return circle(angle, radius * Math.sqrt(random.nextDouble()), random.nextInt(2) == 0 ? 1 : -1);
  }

  private static double[] onCone(double radius, RandomStream random) {
    double angle = TURN * random.nextDouble();
    double share = Math.sqrt(random.nextDouble()); // of the way from the tip
    double slant = Math.sqrt(4 + radius * radius);
    boolean wall = random.nextDouble() * (slant + radius) < slant;
    return circle(angle, radius * share, wall ? 1 - 2 * share : -1);
  }

  private static double[] onHelix(double turns, RandomStream random) {
    double share = random.nextDouble();
    return circle(TURN * turns * share, 0.6, 2 * share - 1);
  }

  /** A trefoil. */
  private static double[] onKnot(double tube, RandomStream random) {
    double angle = TURN * random.nextDouble();
    double[] p =
        circle(2 * angle, 0.7 + tube * StrictMath.cos(3 * angle), tube * StrictMath.sin(3 * angle));
    return new double[] {p[0], p[1], 1.5 * p[2]};
  }

  /** Two links of a chain, one flat and one upright. */
  private static double[] onRings(double apart, RandomStream random) {
    double[] p = circle(TURN * random.nextDouble(), 0.7, 0);
    return random.nextInt(2) == 0
        ? new double[] {p[0] - apart / 2, p[1], 0}
        : new double[] {p[0] + apart / 2, 0, p[1]};
  }
}

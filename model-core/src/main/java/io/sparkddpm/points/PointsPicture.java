package io.sparkddpm.points;

import io.sparkddpm.image.ByteImage;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Two parallel projections of points beside each other, z up: from the front, a little to the right
 * and above, and from above. Near points are bright. The picture's frame fits the root mean square
 * distance from the centre, so that it shows the shape of a set, not its size.
 */
final class PointsPicture {
  private static final int SIDE = 96;

  /** Half a side, in root mean squares of the distance from the centre. */
  private static final double FRAME = 1.8;

  private static final double AZIMUTH = StrictMath.toRadians(30);
  private static final double ELEVATION = StrictMath.toRadians(25);
  private static final int[] GROUND = {24, 28, 44};
  private static final int[] FAR = {52, 92, 150};
  private static final int[] NEAR = {255, 226, 140};

  private final double[][] points;
  private final byte[] pixels = new byte[3 * SIDE * 2 * SIDE];

  private PointsPicture(double[][] points) {
    this.points = points;
  }

  /** The picture of a set, [3, 96, 192]. */
  static ByteImage of(PointSet set) {
    PointsPicture picture = new PointsPicture(framed(set));
    for (int channel = 0; channel < 3; channel++) {
      int plane = picture.pixels.length / 3;
      Arrays.fill(picture.pixels, channel * plane, (channel + 1) * plane, (byte) GROUND[channel]);
    }
    double sin = StrictMath.sin(AZIMUTH);
    double cos = StrictMath.cos(AZIMUTH);
    double up = StrictMath.cos(ELEVATION);
    double back = StrictMath.sin(ELEVATION);
    picture.draw(
        0,
        p -> {
          double right = cos * p[0] + sin * p[1];
          double away = -sin * p[0] + cos * p[1];
          return new double[] {right, up * p[2] + back * away, up * away - back * p[2]};
        });
    picture.draw(SIDE, p -> new double[] {p[0], p[1], -p[2]});
    return new ByteImage(picture.pixels, 3, SIDE, 2 * SIDE);
  }

  /** Centred at their mean, with half a side of the frame as the unit. */
  private static double[][] framed(PointSet set) {
    double size = 0;
    double[] mean = new double[PointSet.AXES];
    for (int i = 0; i < set.coordinates().length; i++) {
      mean[i % PointSet.AXES] += set.coordinates()[i] / set.count();
    }
    for (int i = 0; i < set.coordinates().length; i++) {
      size += Math.pow(set.coordinates()[i] - mean[i % PointSet.AXES], 2) / set.count();
    }
    double unit = size > 0 ? FRAME * Math.sqrt(size) : 1;
    double[][] points = new double[set.count()][PointSet.AXES];
    for (int i = 0; i < points.length; i++) {
      for (int axis = 0; axis < PointSet.AXES; axis++) {
        points[i][axis] = (set.get(i, axis) - mean[axis]) / unit;
      }
    }
    return points;
  }

  /** To the right, up, and away from the eye. */
  private interface View {
    double[] of(double[] point);
  }

  private void draw(int left, View view) {
    double[][] seen = new double[points.length][];
    Arrays.setAll(seen, i -> view.of(points[i]));
    int[] farFirst =
        IntStream.range(0, seen.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -seen[i][2]))
            .mapToInt(i -> i)
            .toArray();
    for (int i : farFirst) {
      int column = (int) Math.round((seen[i][0] + 1) / 2 * (SIDE - 1));
      int row = (int) Math.round((1 - seen[i][1]) / 2 * (SIDE - 1));
      double near = Math.max(0, Math.min(1, (1 - seen[i][2]) / 2));
      for (int dot = 0; dot < 4; dot++) { // 2×2 pixels
        set(left, column + dot % 2, row + dot / 2, near);
      }
    }
  }

  private void set(int left, int column, int row, double near) {
    if (column < 0 || column >= SIDE || row < 0 || row >= SIDE) {
      return;
    }
    for (int channel = 0; channel < 3; channel++) {
      double value = FAR[channel] + near * (NEAR[channel] - FAR[channel]);
      pixels[(channel * SIDE + row) * 2 * SIDE + left + column] = (byte) Math.round(value);
    }
  }
}

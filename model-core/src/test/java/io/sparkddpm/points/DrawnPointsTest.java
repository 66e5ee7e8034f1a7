package io.sparkddpm.points;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.image.ByteImage;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Drawn sets lie where their equations say, but for the noise of 0.01 along each axis. */
class DrawnPointsTest {
  private static final DrawnPoints DRAWN = new DrawnPoints();
  private static final double NOISE = 5 * 0.01;

  private static double around(PointSet set, int i) {
    return Math.hypot(set.get(i, 0), set.get(i, 1));
  }

  @Test
  void spheresAreEvenlyCovered() {
    double squares = 0;
    int sets = 50;
    for (int s = 0; s < sets; s++) {
      PointSet sphere = DRAWN.draw(1, 8L * s);
      for (int i = 0; i < sphere.count(); i++) {
        assertEquals(1, Math.hypot(around(sphere, i), sphere.get(i, 2)), NOISE);
        squares += sphere.get(i, 2) * sphere.get(i, 2) / (sets * sphere.count());
      }
    }
    // z is uniform in [-1, 1]: z² has mean 1/3 and variance 4/45.
    double deviation = Math.sqrt(4.0 / 45 / (sets * DrawnPoints.POINTS));
    assertEquals(1.0 / 3 + 1e-4, squares, 5 * deviation);
  }

  /** All points of a torus are as far from its core, which is a circle of radius 1. */
  @Test
  void toriHaveOneThickness() {
    for (long index = 1; index < 80; index += 8) {
      PointSet torus = DRAWN.draw(2, index);
      double[] thickness = new double[torus.count()];
      for (int i = 0; i < thickness.length; i++) {
        thickness[i] = Math.hypot(around(torus, i) - 1, torus.get(i, 2));
      }
      double mean = Arrays.stream(thickness).average().orElseThrow();
      assertTrue(mean > 0.24 && mean < 0.46, "" + mean);
      for (double one : thickness) {
        assertEquals(mean, one, NOISE);
      }
    }
  }

  @Test
  void bodiesStayInTheirBounds() {
    for (long index = 0; index < 160; index++) {
      PointSet set = DRAWN.draw(3, index);
      for (int i = 0; i < set.count(); i++) {
        assertTrue(around(set, i) < 1.5 + NOISE, index + ": " + around(set, i));
        assertTrue(Math.abs(set.get(i, 2)) < 1 + NOISE, index + ": " + set.get(i, 2));
      }
    }
  }

  @Test
  void anItemDependsOnSeedAndIndexAlone() {
    assertArrayEquals(DRAWN.file(7, 13), DRAWN.file(7, 13));
    assertFalse(Arrays.equals(DRAWN.file(7, 13), DRAWN.file(8, 13)));
    assertFalse(Arrays.equals(DRAWN.file(7, 13), DRAWN.file(7, 21)));
    assertEquals(DrawnPoints.POINTS, Ply.read(DRAWN.file(7, 13), "drawn.ply").count());
  }

  @Test
  void picturesShowTheShapeAndNotTheSize() {
    PointsMedium medium = new PointsMedium();
    PointSet torus = DRAWN.draw(1, 1);
    ByteImage picture = medium.picture(Ply.write(torus), "torus");
    assertEquals(
        List.of(3, 96, 192), List.of(picture.channels(), picture.height(), picture.width()));
    double[] larger = Arrays.stream(torus.coordinates()).map(x -> 4 * x).toArray();
    assertEquals(picture, medium.picture(Ply.write(new PointSet(larger)), "torus"));
    assertEquals(24, picture.get(0, 48, 96 + 48)); // from above there is a hole in the middle
    int lit = 0;
    for (int x = 0; x < 96; x++) {
      lit += picture.get(0, 48, 96 + x) > 24 ? 1 : 0;
    }
    assertTrue(lit > 10, "a line through the middle meets the ring, but has " + lit + " dots");
  }
}

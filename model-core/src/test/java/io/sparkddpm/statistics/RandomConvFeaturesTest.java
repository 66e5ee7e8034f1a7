package io.sparkddpm.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RandomConvFeaturesTest {
  private static final int SIZE = 32;
  private static final int LENGTH = SIZE * SIZE * 3;

  /** Shapes, the same blurred, and noise: distances from other shapes must rise in that order. */
  @Test
  void ordersSharpBlurredAndNoise() {
    FeatureStatistics reference = statistics(discs(300, 1));
    byte[] other = discs(300, 2);
    double sharp = FrechetDistance.between(reference, statistics(other)).distance();
    double blurred = FrechetDistance.between(reference, statistics(blur(other))).distance();
    double noise = FrechetDistance.between(reference, statistics(noise(300))).distance();
    assertTrue(1.5 * sharp < blurred, sharp + " against blurred " + blurred);
    assertTrue(5 * blurred < noise, blurred + " against noise " + noise);
  }

  @Test
  void featuresDoNotDependOnTheBatch() {
    byte[] images = discs(5, 3);
    try (RandomConvFeatures network = new RandomConvFeatures();
        RandomConvFeatures second = new RandomConvFeatures()) {
      float[] all = network.extract(images, 5, SIZE, SIZE)[0];
      int d = network.layers().get(0).dimension();
      for (int i = 0; i < 5; i++) {
        byte[] one = Arrays.copyOfRange(images, i * LENGTH, (i + 1) * LENGTH);
        float[] features = second.extract(one, 1, SIZE, SIZE)[0];
        assertArrayEquals(Arrays.copyOfRange(all, i * d, (i + 1) * d), features);
      }
      assertEquals("fd-random", network.layers().get(0).metric());
    }
  }

  @Test
  void tinyImagesAreRefused() {
    try (RandomConvFeatures network = new RandomConvFeatures()) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> network.extract(new byte[75], 1, 5, 5));
      assertEquals("images must be at least 16x16, got 5x5", e.getMessage());
    }
  }

  private static FeatureStatistics statistics(byte[] images) {
    try (RandomConvFeatures network = new RandomConvFeatures()) {
      int d = network.layers().get(0).dimension();
      return FeatureStatistics.of(
          network.extract(images, images.length / LENGTH, SIZE, SIZE)[0], d);
    }
  }

  private static byte[] discs(int count, long seed) {
    byte[] images = new byte[count * LENGTH];
    for (int n = 0; n < count; n++) {
      RandomStream random = RandomStream.of(seed, Purpose.SHAPES, n);
      int[] colours = new int[6];
      for (int i = 0; i < 6; i++) {
        colours[i] = random.nextInt(256);
      }
      int radius = 4 + random.nextInt(8);
      int cx = 8 + random.nextInt(16);
      int cy = 8 + random.nextInt(16);
      for (int p = 0; p < SIZE * SIZE; p++) {
        int dx = p % SIZE - cx;
        int dy = p / SIZE - cy;
        int first = dx * dx + dy * dy <= radius * radius ? 0 : 3;
        for (int c = 0; c < 3; c++) {
          images[n * LENGTH + p * 3 + c] = (byte) colours[first + c];
        }
      }
    }
    return images;
  }

  private static byte[] noise(int count) {
    byte[] images = new byte[count * LENGTH];
    RandomStream random = RandomStream.of(1, Purpose.NOISE);
    for (int i = 0; i < images.length; i++) {
      images[i] = (byte) random.nextInt(256);
    }
    return images;
  }

  /** Mean over 5×5 pixels inside the image. */
  private static byte[] blur(byte[] images) {
    byte[] blurred = new byte[images.length];
    for (int i = 0; i < images.length; i++) {
      int image = i / LENGTH * LENGTH;
      int x = i % LENGTH / 3 % SIZE;
      int y = i % LENGTH / 3 / SIZE;
      int sum = 0;
      int taken = 0;
      for (int v = Math.max(0, y - 2); v <= Math.min(SIZE - 1, y + 2); v++) {
        for (int u = Math.max(0, x - 2); u <= Math.min(SIZE - 1, x + 2); u++) {
          sum += images[image + (v * SIZE + u) * 3 + i % 3] & 0xff;
          taken++;
        }
      }
      blurred[i] = (byte) (sum / taken);
    }
    return blurred;
  }
}

package io.sparkddpm.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.Arrays;
import java.util.SortedMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ResizeTest {
  @Test
  void triangleIsPillowsBilinear() {
    SortedMap<String, NpyArray> all = ImageTestData.expected();
    ByteImage noise = ImageTestData.image(all.get("noise"));
    for (String name : all.keySet()) {
      if (name.startsWith("triangle_")) {
        ByteImage expected = ImageTestData.image(all.get(name));
        ByteImage actual =
            Resize.to(noise, expected.height(), expected.width(), ResizeFilter.TRIANGLE);
        // Pillow rounds twice: after each axis.
        assertTrue(ImageTestData.largestDifference(expected, actual) <= 1, name);
      }
    }
  }

  @Test
  void areaOfWholeBlocksIsTheirMean() {
    SortedMap<String, NpyArray> all = ImageTestData.expected();
    ByteImage noise = ImageTestData.image(all.get("noise"));
    ByteImage actual = Resize.to(noise, 8, 12, ResizeFilter.AREA);
    ByteImage pillow = ImageTestData.image(all.get("area_8x12"));
    assertTrue(ImageTestData.largestDifference(pillow, actual) <= 1);
    int sum = 0;
    for (int y = 3; y < 6; y++) {
      for (int x = 6; x < 9; x++) {
        sum += noise.get(1, y, x);
      }
    }
    assertEquals(Math.round(sum / 9.0), actual.get(1, 1, 2));
  }

  @Test
  void areaSplitsPixelsThatLieOnAnEdge() {
    ByteImage image = new ByteImage(new byte[] {0, 100, (byte) 200}, 1, 1, 3);
    ByteImage half = Resize.to(image, 1, 2, ResizeFilter.AREA);
    assertEquals(33, half.get(0, 0, 0)); // (0 + 100/2) / 1.5
    assertEquals(167, half.get(0, 0, 1)); // (100/2 + 200) / 1.5
  }

  @ParameterizedTest
  @EnumSource
  void enlargingInterpolates(ResizeFilter filter) {
    ByteImage image = new ByteImage(new byte[] {0, 100}, 1, 1, 2);
    ByteImage wide = Resize.to(image, 1, 4, filter);
    assertEquals("[0, 25, 75, 100]", Arrays.toString(wide.data()));
  }

  @RepeatedTest(20)
  void constantsStayAndMeansHold(RepetitionInfo info) {
    RandomStream random = RandomStream.of(17, Purpose.SHAPES, info.getCurrentRepetition());
    int h = 1 + random.nextInt(40);
    int w = 1 + random.nextInt(40);
    ResizeFilter filter = ResizeFilter.values()[random.nextInt(2)];
    byte[] flat = new byte[h * w];
    Arrays.fill(flat, (byte) 201);
    int toH = 1 + random.nextInt(50);
    int toW = 1 + random.nextInt(50);
    ByteImage out = Resize.to(new ByteImage(flat, 1, h, w), toH, toW, filter);
    for (byte b : out.data()) {
      assertEquals(201, b & 0xFF, info.toString());
    }
    double[] weights = new double[ResizeFilter.maxWeights(h, toH)];
    int[] count = new int[1];
    for (int i = 0; i < toH; i++) {
      int first = filter.weights(i, h, toH, weights, count);
      assertTrue(first >= 0 && first + count[0] <= h);
      assertEquals(1, Arrays.stream(weights, 0, count[0]).sum(), 1e-12);
    }
  }

  @Test
  void theMiddleSquareOfTheShortSide() {
    ByteImage wide = ImageTestData.pattern(3, 32, 48);
    assertEquals(wide.crop(0, 8, 32, 32), Resize.toSquare(wide, 32, ResizeFilter.AREA));
    ByteImage tall = ImageTestData.pattern(3, 47, 32);
    assertEquals(tall.crop(7, 0, 32, 32), Resize.toSquare(tall, 32, ResizeFilter.AREA));
    ByteImage square = ImageTestData.pattern(3, 32, 32);
    assertSame(square, Resize.to(square, 32, 32, ResizeFilter.TRIANGLE));
    for (int h = 1; h < 40; h += 3) {
      for (int w = 1; w < 40; w += 5) {
        ByteImage out = Resize.toSquare(ImageTestData.pattern(3, h, w), 16, ResizeFilter.TRIANGLE);
        assertEquals("ByteImage[3, 16, 16]", out.toString());
      }
    }
  }

  @RepeatedTest(20)
  void theSquareIsTheCropOfTheWholeBitForBit(RepetitionInfo info) {
    RandomStream random = RandomStream.of(18, Purpose.SHAPES, info.getCurrentRepetition());
    ByteImage image =
        ImageTestData.pattern(
            1 + random.nextInt(3), 1 + random.nextInt(60), 1 + random.nextInt(60));
    ResizeFilter filter = ResizeFilter.values()[random.nextInt(2)];
    int size = 1 + random.nextInt(40);
    int shortSide = Math.min(image.height(), image.width());
    int height = (int) Math.round((double) image.height() * size / shortSide);
    int width = (int) Math.round((double) image.width() * size / shortSide);
    ByteImage whole = plain(image, height, width, filter);
    assertEquals(whole, Resize.to(image, height, width, filter), info.toString());
    assertEquals(
        whole.crop((height - size) / 2, (width - size) / 2, size, size),
        Resize.toSquare(image, size, filter),
        info.toString());
  }

  /** Each output pixel on its own: along the width, then along the height. */
  private static ByteImage plain(ByteImage image, int height, int width, ResizeFilter filter) {
    if (height == image.height() && width == image.width()) {
      return image;
    }
    byte[] out = new byte[image.channels() * height * width];
    double[] across = new double[ResizeFilter.maxWeights(image.width(), width)];
    double[] down = new double[ResizeFilter.maxWeights(image.height(), height)];
    int[] n = new int[1];
    int[] m = new int[1];
    for (int i = 0; i < out.length; i++) {
      int left = filter.weights(i % width, image.width(), width, across, n);
      int top = filter.weights(i / width % height, image.height(), height, down, m);
      double value = 0;
      for (int y = 0; y < m[0]; y++) {
        double sum = 0;
        for (int x = 0; x < n[0]; x++) {
          sum += across[x] * image.get(i / width / height, top + y, left + x);
        }
        value += down[y] * sum;
      }
      out[i] = (byte) Math.max(0, Math.min(255, Math.round(value)));
    }
    return new ByteImage(out, image.channels(), height, width);
  }

  @Test
  void thinImagesAreCroppedBeforeTheyAreEnlarged() {
    for (ByteImage thin :
        new ByteImage[] {
          ImageTestData.pattern(3, 20_000, 1), ImageTestData.pattern(3, 1, 3_000_000)
        }) {
      for (ResizeFilter filter : ResizeFilter.values()) {
        ByteImage out = Resize.toSquare(thin, 256, filter);
        assertEquals("ByteImage[3, 256, 256]", out.toString());
        boolean tall = thin.height() > 1;
        int middle = (tall ? thin.height() : thin.width()) / 2;
        // One source pixel covers the whole square: its middle lies between two of them.
        int first = thin.get(1, tall ? middle - 1 : 0, tall ? 0 : middle - 1);
        int second = thin.get(1, tall ? middle : 0, tall ? 0 : middle);
        int value = out.get(1, 127, 127);
        assertTrue(value >= Math.min(first, second) && value <= Math.max(first, second));
      }
    }
  }
}

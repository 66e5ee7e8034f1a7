package io.sparkddpm.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.tensor.Batch;
import java.util.List;
import org.junit.jupiter.api.Test;

class PixelsTest {
  @Test
  void everyByteSurvivesTheRoundTrip() {
    for (int i = 0; i < 256; i++) {
      assertEquals((byte) i, Pixels.toByte(Pixels.toFloat((byte) i)));
    }
    assertEquals(-1f, Pixels.toFloat((byte) 0));
    assertEquals(1f, Pixels.toFloat((byte) 255));
    assertEquals((float) (100 / 127.5 - 1), Pixels.toFloat((byte) 100));
  }

  @Test
  void valuesOutsideAreClampedAndNansRefused() {
    assertEquals((byte) 255, Pixels.toByte(1.7f));
    assertEquals((byte) 255, Pixels.toByte(Float.POSITIVE_INFINITY));
    assertEquals((byte) 0, Pixels.toByte(-3f));
    assertEquals((byte) 128, Pixels.toByte(0f)); // 127.5 rounds up
    assertThrows(IllegalArgumentException.class, () -> Pixels.toByte(Float.NaN));
  }

  @Test
  void batchesAndImagesConvertBothWays() {
    List<ByteImage> images =
        List.of(ImageTestData.pattern(3, 4, 5), ImageTestData.pattern(3, 4, 5).toRgb());
    Batch batch = Pixels.toBatch(images);
    assertEquals("[2, 3, 4, 5]", batch.toString());
    assertEquals(images.get(1), Pixels.toImage(batch, 1));
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Pixels.toBatch(List.of(images.get(0), ImageTestData.pattern(3, 5, 4))));
    assertEquals("image 1 is ByteImage[3, 5, 4], the first one ByteImage[3, 4, 5]", e.getMessage());
  }

  @Test
  void flippingMirrorsOneImageAndUndoesItself() {
    for (int width : new int[] {1, 2, 5, 8}) {
      ByteImage image = ImageTestData.pattern(3, 3, width);
      Batch batch = Pixels.toBatch(List.of(image, image));
      Pixels.flipHorizontally(batch, 1);
      assertEquals(image, Pixels.toImage(batch, 0));
      ByteImage flipped = Pixels.toImage(batch, 1);
      for (int x = 0; x < width; x++) {
        assertEquals(image.get(2, 1, x), flipped.get(2, 1, width - 1 - x));
      }
      Pixels.flipHorizontally(batch, 1);
      assertEquals(image, Pixels.toImage(batch, 1));
    }
  }

  @Test
  void flipsAreAFairCoinOfSeedStepAndExample() {
    int flips = 0;
    for (int id = 0; id < 10_000; id++) {
      flips += Pixels.isFlipped(5, 77, id) ? 1 : 0;
    }
    // Five standard deviations of 10,000 fair coins.
    assertTrue(Math.abs(flips - 5000) <= 250, "flips: " + flips);
    assertEquals(Pixels.isFlipped(5, 77, 3), Pixels.isFlipped(5, 77, 3));
  }

  @Test
  void gridsPlaceImagesRowByRow() {
    ByteImage image = ImageTestData.pattern(3, 4, 5);
    ByteImage sheet = ImageGrid.compose(List.of(image, image, image), 2, 1);
    assertEquals("ByteImage[3, 11, 13]", sheet.toString());
    assertEquals(image, sheet.crop(1, 1, 4, 5));
    assertEquals(image, sheet.crop(1, 7, 4, 5));
    assertEquals(image, sheet.crop(6, 1, 4, 5));
    assertEquals(255, sheet.get(0, 0, 0));
    assertEquals(255, sheet.get(2, 7, 9));
    assertEquals(sheet, ImageCodec.decode(ImageCodec.encodePng(sheet), "grid"));
    assertEquals(3, ImageGrid.squareColumns(9));
    assertEquals(4, ImageGrid.squareColumns(10));
    ByteImage large = image.magnify(3);
    assertEquals(image.get(1, 2, 3), large.get(1, 8, 9));
    assertArrayEquals(image.data(), image.magnify(1).data());
  }
}

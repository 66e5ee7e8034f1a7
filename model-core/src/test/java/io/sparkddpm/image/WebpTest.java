package io.sparkddpm.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;

class WebpTest {
  private static BufferedImage picture(int width, int height) {
    RandomStream random = RandomStream.of(4, Purpose.SHAPES, width);
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int wave = (int) (60 * Math.sin(x / 9.0) + 60 * Math.cos(y / 7.0)) + 128;
        int r = wave + random.nextInt(6);
        int g = 255 * x / width;
        int b = 255 * y / height;
        image.setRGB(x, y, r << 16 | g << 8 | b);
      }
    }
    return image;
  }

  private static byte[] encode(BufferedImage image, String type) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByMIMEType("image/webp").next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionType(type);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), param);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static byte[] samples(BufferedImage image) {
    int w = image.getWidth();
    int h = image.getHeight();
    byte[] out = new byte[3 * w * h];
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int rgb = image.getRGB(x, y);
        for (int c = 0; c < 3; c++) {
          out[(c * h + y) * w + x] = (byte) (rgb >> (16 - 8 * c));
        }
      }
    }
    return out;
  }

  @Test
  void losslessIsExact() throws IOException {
    BufferedImage image = picture(77, 50);
    ByteImage decoded = ImageCodec.decode(encode(image, "Lossless"), "a.webp");
    assertEquals(50, decoded.height());
    assertEquals(77, decoded.width());
    assertArrayEquals(samples(image), decoded.data());
  }

  @Test
  void lossyIsNearTheOriginal() throws IOException {
    BufferedImage image = picture(203, 131);
    byte[] expected = samples(image);
    byte[] actual = ImageCodec.decode(encode(image, "Lossy"), "a.webp").data();
    assertEquals(expected.length, actual.length);
    double squares = 0;
    for (int i = 0; i < actual.length; i++) {
      double d = (actual[i] & 0xFF) - (expected[i] & 0xFF);
      squares += d * d;
    }
    double decibels = 10 * Math.log10(255.0 * 255.0 * actual.length / squares);
    assertTrue(decibels > 30 && decibels < 60, decibels + " dB");
  }

  @Test
  void damageIsTold() throws IOException {
    byte[] file = encode(picture(64, 64), "Lossy");
    BadImageException cut =
        assertThrows(
            BadImageException.class,
            () -> ImageCodec.decode(Arrays.copyOf(file, file.length - 9), "a.webp"));
    assertEquals(
        "a.webp is cut off: it has " + (file.length - 9) + " bytes of " + file.length,
        cut.getMessage());
    byte[] damaged = file.clone();
    Arrays.fill(damaged, 20, 40, (byte) 0xFF);
    BadImageException bad =
        assertThrows(BadImageException.class, () -> ImageCodec.decode(damaged, "a.webp"));
    assertTrue(bad.getMessage().startsWith("a.webp is damaged: "), bad.getMessage());
  }
}

package io.sparkddpm.image;

import static io.sparkddpm.error.Checks.checkArgument;

import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** Image files in memory: writes PNG, and reads what this program wrote. Threads may share it. */
public final class ImageCodec {
  private ImageCodec() {}

  /** The image as a PNG file, grey or RGB by its channels. */
  public static byte[] encodePng(ByteImage image) {
    checkArgument(
        image.channels() == 1 || image.channels() == 3,
        "a PNG has 1 or 3 channels here, got %s",
        image.channels());
    int type = image.channels() == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR;
    BufferedImage buffered = new BufferedImage(image.width(), image.height(), type);
    WritableRaster raster = buffered.getRaster();
    int[] plane = new int[image.width() * image.height()];
    for (int c = 0; c < image.channels(); c++) {
      for (int i = 0; i < plane.length; i++) {
        plane[i] = image.data()[c * plane.length + i] & 0xFF;
      }
      raster.setSamples(0, 0, image.width(), image.height(), c, plane);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(buffered, "png", out)) {
        throw new IllegalStateException("this Java runtime cannot write PNG");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.toByteArray();
  }

  /**
   * Decodes an image of any size that memory allows; see {@link ImageDecoder#decode}, which tasks
   * use.
   *
   * @throws BadImageException if it cannot be used
   */
  public static ByteImage decode(byte[] file, String source) {
    return ImageDecoder.decode(file, source, DecodeLimit.NONE).image();
  }
}

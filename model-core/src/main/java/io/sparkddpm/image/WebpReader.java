package io.sparkddpm.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** WebP: its container is looked through here, its pixels are libwebp's. */
final class WebpReader {
  /** By its class: what ImageIO finds depends on the class loader that it is asked from. */
  private static final WebPImageReaderSpi LIBWEBP = new WebPImageReaderSpi();

  private static final int RIFF_HEADER = 12;
  private static final int CHUNK_HEADER = 8;
  private static final int ANIMATION = 0x02;
  private static final int OPAQUE = 255;

  /** An int and the result's three bytes. */
  private static final int BYTES_PER_PIXEL = 7;

  private WebpReader() {}

  static DecodedImage decode(byte[] file, String source, DecodeLimit limit) {
    int orientation = readChunks(file, source);
    ImageReader reader = LIBWEBP.createReaderInstance(null);
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      reader.setInput(in, true, true);
      limit.check(
          reader.getWidth(0), reader.getHeight(0), BYTES_PER_PIXEL, 2L * file.length, source);
      ByteImage image = planes(reader.read(0), source);
      return new DecodedImage(image, FileFormat.WEBP, orientation);
    } catch (BadImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // libwebp's binding throws both on damaged files
      String why = Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
      throw new BadImageException(
          e, "%s is damaged: it cannot be decoded as WebP: %s", source, why);
    } finally {
      reader.dispose();
    }
  }

  /** Checks that the file is whole and a still image; returns EXIF's orientation. */
  private static int readChunks(byte[] file, String source) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    long end = (in.getInt(4) & 0xFFFFFFFFL) + CHUNK_HEADER;
    if (file.length < end) {
      throw new BadImageException("%s is cut off: it has %d bytes of %d", source, file.length, end);
    }
    int orientation = Exif.UPRIGHT;
    for (long at = RIFF_HEADER; at + CHUNK_HEADER <= end; ) {
      int start = (int) at + CHUNK_HEADER;
      long length = in.getInt((int) at + 4) & 0xFFFFFFFFL;
      if (start + length > end) {
        throw new BadImageException(
            "%s is damaged: the WebP chunk at byte %d reaches beyond the end", source, at);
      }
      String type = new String(file, (int) at, 4, StandardCharsets.ISO_8859_1);
      if (type.equals("VP8X") && length > 0 && (file[start] & ANIMATION) != 0) {
        throw new BadImageException("%s is animated; still images are accepted", source);
      }
      if (type.equals("EXIF")) {
        orientation = Exif.orientation(file, start, (int) length);
      }
      at = start + length + (length & 1);
    }
    return orientation;
  }

  private static ByteImage planes(BufferedImage image, String source) {
    int width = image.getWidth();
    int area = width * image.getHeight();
    int[] argb = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    boolean alpha = image.getColorModel().hasAlpha();
    byte[] out = new byte[3 * area];
    for (int i = 0; i < area; i++) {
      int pixel = argb[i];
      if (alpha && pixel >>> 24 != OPAQUE) {
        throw new BadImageException(
            "%s is transparent (alpha %d of %d at row %d, column %d): paint it on a background"
                + " first",
            source, pixel >>> 24, OPAQUE, i / width, i % width);
      }
      out[i] = (byte) (pixel >> 16);
      out[area + i] = (byte) (pixel >> 8);
      out[2 * area + i] = (byte) pixel;
    }
    return new ByteImage(out, 3, image.getHeight(), width);
  }
}

package io.sparkddpm.image;

import static io.sparkddpm.error.Checks.checkArgument;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * PNG, JPEG and WebP, whole files in memory. Samples are taken as stored: embedded colour profiles,
 * gamma and EXIF orientation are ignored, as Python's PIL does unless told otherwise. Threads may
 * share it.
 */
public final class ImageCodec {
  private static final long MAX_PIXELS = 200_000_000L;
  private static final WebPImageReaderSpi WEBP = new WebPImageReaderSpi();

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
   * Decodes a PNG, JPEG or WebP to three channels: grey is repeated, 16-bit samples are rounded to
   * 8, a palette is applied, an alpha channel must be opaque.
   *
   * @param source the file's name, for messages
   * @throws BadImageException if it is none of them, cut off, damaged, transparent, animated, CMYK
   *     or too large
   */
  public static ByteImage decode(byte[] file, String source) {
    String format;
    if (PngChunks.isPng(file)) {
      PngChunks.check(file, source);
      format = "png";
    } else if (JpegMarkers.isJpeg(file)) {
      JpegMarkers.check(file, source);
      format = "jpeg";
    } else if (WebpChunks.isWebp(file)) {
      WebpChunks.check(file, source);
      format = "webp";
    } else {
      throw new BadImageException(
          "%s is neither PNG nor JPEG nor WebP: it has %d bytes and begins with %s",
          source, file.length, hexOfStart(file));
    }
    return samples(read(file, format, source), source);
  }

  private static String hexOfStart(byte[] file) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < Math.min(8, file.length); i++) {
      text.append(String.format(Locale.ROOT, i == 0 ? "%02x" : " %02x", file[i] & 0xFF));
    }
    return file.length == 0 ? "nothing" : text.toString();
  }

  /** WebP's by its class: what ImageIO finds depends on the class loader that it is asked from. */
  private static ImageReader reader(String format) {
    if (format.equals("webp")) {
      return WEBP.createReaderInstance(null);
    }
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
    if (!readers.hasNext()) {
      throw new IllegalStateException("this Java runtime cannot read " + format);
    }
    return readers.next();
  }

  private static BufferedImage read(byte[] file, String format, String source) {
    ImageReader reader = reader(format);
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      reader.setInput(in, true, true);
      reader.addIIOReadWarningListener(
          (r, warning) -> {
            String lower = warning.toLowerCase(Locale.ROOT);
            if (lower.contains("premature") || lower.contains("corrupt")) {
              throw new BadImageException("%s is cut off or damaged: %s", source, warning);
            }
          });
      long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
      if (pixels > MAX_PIXELS) {
        throw new BadImageException(
            "%s has %d x %d pixels; at most %d are accepted",
            source, reader.getWidth(0), reader.getHeight(0), MAX_PIXELS);
      }
      return reader.read(0);
    } catch (BadImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // the JDK's readers throw both on damaged files
      throw new BadImageException(
          e, "%s cannot be decoded as %s: %s", source, format, e.getMessage());
    } finally {
      reader.dispose();
    }
  }

  private static ByteImage samples(BufferedImage image, String source) {
    ColorModel model = image.getColorModel();
    if (model instanceof IndexColorModel palette) {
      return paletteSamples(image, palette, source);
    }
    Raster raster = image.getRaster();
    int bits = model.getComponentSize(0);
    int colours = model.getNumColorComponents();
    if ((colours != 1 && colours != 3) || (bits != 8 && bits != 16)) {
      throw new BadImageException(
          "%s has %d colour components of %d bits; 1 or 3 of 8 or 16 are accepted",
          source, colours, bits);
    }
    int h = image.getHeight();
    int w = image.getWidth();
    byte[] out = new byte[Math.multiplyExact(colours, Math.multiplyExact(h, w))];
    boolean wide = raster.getTransferType() == DataBuffer.TYPE_USHORT && bits == 16;
    int[] row = new int[w];
    for (int y = 0; y < h; y++) {
      for (int c = 0; c < colours; c++) {
        raster.getSamples(0, y, w, 1, c, row);
        for (int x = 0; x < w; x++) {
          out[(c * h + y) * w + x] = (byte) (wide ? (row[x] * 255L + 32767) / 65535 : row[x]);
        }
      }
      if (model.hasAlpha()) {
        raster.getSamples(0, y, w, 1, colours, row);
        checkOpaque(row, (1 << bits) - 1, y, source);
      }
    }
    return new ByteImage(out, colours, h, w).toRgb();
  }

  private static ByteImage paletteSamples(
      BufferedImage image, IndexColorModel palette, String source) {
    int h = image.getHeight();
    int w = image.getWidth();
    byte[] out = new byte[Math.multiplyExact(3, Math.multiplyExact(h, w))];
    int[] row = new int[w];
    int[] alpha = new int[w];
    for (int y = 0; y < h; y++) {
      image.getRaster().getSamples(0, y, w, 1, 0, row);
      for (int x = 0; x < w; x++) {
        int argb = palette.getRGB(row[x]);
        alpha[x] = argb >>> 24;
        for (int c = 0; c < 3; c++) {
          out[(c * h + y) * w + x] = (byte) (argb >> (16 - 8 * c));
        }
      }
      checkOpaque(alpha, 255, y, source);
    }
    return new ByteImage(out, 3, h, w);
  }

  private static void checkOpaque(int[] alpha, int opaque, int y, String source) {
    for (int x = 0; x < alpha.length; x++) {
      if (alpha[x] != opaque) {
        throw new BadImageException(
            "%s is transparent (alpha %d of %d at row %d, column %d): paint it on a background"
                + " first",
            source, alpha[x], opaque, y, x);
      }
    }
  }
}

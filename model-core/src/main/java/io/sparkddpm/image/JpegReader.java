package io.sparkddpm.image;

import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * JPEG: Java's reader (libjpeg) undoes the compression, colour is ours. Left to itself that reader
 * applies embedded profiles, takes components of equal size without markers for RGB, and fills in
 * what is missing.
 */
final class JpegReader {
  /** The only warning of libjpeg's that is no sign of damage: old encoders cause it. */
  private static final String HARMLESS = "invalid sos parameters";

  private JpegReader() {}

  static DecodedImage decode(byte[] file, String source, DecodeLimit limit) {
    JpegSegments segments = JpegSegments.read(file, source);
    JpegFrame frame = segments.frame();
    // The raster and the image; libjpeg's coefficients are two bytes each, outside the heap.
    long perPixel = frame.components() + 3L + (frame.progressive() ? 2L * frame.components() : 0);
    limit.check(frame.width(), frame.height(), perPixel, 2L * file.length, source);
    Raster raster = components(segments.image(), source);
    if (raster.getNumBands() != frame.components()
        || raster.getWidth() != frame.width()
        || raster.getHeight() != frame.height()) {
      throw new BadImageException("%s is damaged: its JPEG headers disagree", source);
    }
    int area = frame.width() * frame.height();
    byte[] out = new byte[3 * area];
    byte[] row = null;
    for (int y = 0; y < frame.height(); y++) {
      row = (byte[]) raster.getDataElements(0, y, frame.width(), 1, row);
      JpegColours.toRgb(frame.colours(), row, frame.width(), out, area, y * frame.width());
    }
    if (frame.components() == 1) {
      System.arraycopy(out, 0, out, area, area);
      System.arraycopy(out, 0, out, 2 * area, area);
    }
    ByteImage image = new ByteImage(out, 3, frame.height(), frame.width());
    return new DecodedImage(image, FileFormat.JPEG, segments.orientation());
  }

  /** The components as they are stored, [H, W, components] bytes. */
  private static Raster components(byte[] file, String source) {
    ImageReader reader = reader();
    String[] damage = new String[1];
    reader.addIIOReadWarningListener(
        (r, warning) -> {
          if (damage[0] == null && !warning.toLowerCase(Locale.ROOT).contains(HARMLESS)) {
            damage[0] = warning;
          }
        });
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      reader.setInput(in, true, true);
      Raster raster = reader.readRaster(0, null);
      if (damage[0] != null) {
        throw new BadImageException("%s is damaged: %s", source, damage[0]);
      }
      return raster;
    } catch (BadImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // Java's reader throws both on damaged files
      String why = Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
      throw new BadImageException(
          e, "%s is damaged: it cannot be decoded as JPEG: %s", source, why);
    } finally {
      reader.dispose();
    }
  }

  private static ImageReader reader() {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
    if (!readers.hasNext()) {
      throw new IllegalStateException("this Java runtime cannot read JPEG");
    }
    return readers.next();
  }
}

package io.sparkddpm.image;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Arrays;
import java.util.List;

/** Many images of one shape on one sheet, row by row. */
public final class ImageGrid {
  private static final byte BACKGROUND = (byte) 255;

  private ImageGrid() {}

  /**
   * Lays the images out.
   *
   * @param columns images in a row; the last row may be shorter
   * @param padding white pixels around each image
   * @throws IllegalArgumentException if there are none or their shapes differ
   */
  public static ByteImage compose(List<ByteImage> images, int columns, int padding) {
    checkArgument(!images.isEmpty(), "a grid needs at least one image");
    checkArgument(columns > 0 && padding >= 0, "columns %s, padding %s", columns, padding);
    ByteImage first = images.get(0);
    int rows = (images.size() + columns - 1) / columns;
    int height = rows * (first.height() + padding) + padding;
    int width = columns * (first.width() + padding) + padding;
    byte[] sheet = new byte[first.channels() * height * width];
    Arrays.fill(sheet, BACKGROUND);
    for (int i = 0; i < images.size(); i++) {
      ByteImage image = images.get(i);
      boolean same =
          image.channels() == first.channels()
              && image.height() == first.height()
              && image.width() == first.width();
      checkArgument(same, "image %d of the grid is %s, the first one %s", i, image, first);
      int top = padding + i / columns * (first.height() + padding);
      int left = padding + i % columns * (first.width() + padding);
      for (int c = 0; c < image.channels(); c++) {
        for (int y = 0; y < image.height(); y++) {
          System.arraycopy(
              image.data(),
              (c * image.height() + y) * image.width(),
              sheet,
              (c * height + top + y) * width + left,
              image.width());
        }
      }
    }
    return new ByteImage(sheet, first.channels(), height, width);
  }

  /** As many columns as make the sheet about square. */
  public static int squareColumns(int count) {
    return (int) Math.ceil(Math.sqrt(count));
  }

  /** {@link #compose} about square with a padding of 2, as a PNG file. */
  public static byte[] png(List<ByteImage> images) {
    return ImageCodec.encodePng(compose(images, squareColumns(images.size()), 2));
  }
}

package io.sparkddpm.image;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Inflates and unfilters a PNG file's pixels, two rows in memory beside the image. Never inflates
 * more than the header's pixels.
 */
final class PngPixels {
  /** Adam7: first column and row, and steps, of each pass. */
  private static final int[][] ADAM7 = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  private static final int[][] WHOLE = {{0, 0, 1, 1}};

  private final PngHeader header;
  private final PngColours colours;
  private final Iterator<ByteBuffer> data;
  private final String source;
  private final Inflater inflater = new Inflater();
  private final byte[] out;
  private int rows;

  PngPixels(PngHeader header, PngColours colours, List<ByteBuffer> data, String source) {
    this.header = header;
    this.colours = colours;
    this.data = data.iterator();
    this.source = source;
    this.out = new byte[3 * header.width() * header.height()];
  }

  ByteImage read() {
    try {
      for (int[] pass : header.interlaced() ? ADAM7 : WHOLE) {
        readPass(pass[0], pass[1], pass[2], pass[3]);
      }
      if (inflate(new byte[1], 1) != 0 || !inflater.finished()) {
        throw new BadImageException(
            "%s is damaged: its pixels do not end where its header of %d x %d says",
            source, header.width(), header.height());
      }
    } catch (DataFormatException e) {
      throw new BadImageException(
          e, "%s is damaged: its pixels cannot be inflated (%s)", source, e.getMessage());
    } finally {
      inflater.end();
    }
    if (colours.grey()) {
      int area = header.width() * header.height();
      System.arraycopy(out, 0, out, area, area);
      System.arraycopy(out, 0, out, 2 * area, area);
    }
    return new ByteImage(out, 3, header.height(), header.width());
  }

  private void readPass(int x, int y, int stepX, int stepY) throws DataFormatException {
    int pixels = (header.width() - x + stepX - 1) / stepX;
    if (pixels <= 0 || y >= header.height()) {
      return;
    }
    int length = Math.toIntExact(header.rowBytes(pixels));
    int pixelBytes = Math.max(1, header.samples() * header.bits() / 8);
    byte[] above = new byte[1 + length];
    byte[] row = new byte[1 + length];
    for (int line = y; line < header.height(); line += stepY) {
      if (inflate(row, row.length) != row.length) {
        throw new BadImageException(
            "%s is cut off or damaged: its pixels end after %d rows", source, rows);
      }
      unfilter(row, above, pixelBytes);
      colours.put(row, 1, pixels, out, line, x, stepX);
      rows++;
      byte[] t = above;
      above = row;
      row = t;
    }
  }

  /** As many of the wanted bytes as there are. */
  private int inflate(byte[] into, int wanted) throws DataFormatException {
    int done = 0;
    while (done < wanted && !inflater.finished()) {
      int n = inflater.inflate(into, done, wanted - done);
      done += n;
      if (n == 0) {
        if (inflater.needsDictionary() || (inflater.needsInput() && !data.hasNext())) {
          return done;
        }
        if (inflater.needsInput()) {
          inflater.setInput(data.next());
        }
      }
    }
    return done;
  }

  /** Section 9 of the standard; the filter's kind is the row's first byte. */
  private void unfilter(byte[] row, byte[] above, int pixelBytes) {
    int n = row.length;
    switch (row[0]) {
      case 0 -> {}
      case 1 -> {
        for (int i = 1 + pixelBytes; i < n; i++) {
          row[i] += row[i - pixelBytes];
        }
      }
      case 2 -> {
        for (int i = 1; i < n; i++) {
          row[i] += above[i];
        }
      }
      case 3 -> {
        for (int i = 1; i < n; i++) {
          int left = i > pixelBytes ? row[i - pixelBytes] & 0xFF : 0;
          row[i] += (byte) ((left + (above[i] & 0xFF)) / 2);
        }
      }
      case 4 -> {
        for (int i = 1; i < n; i++) {
          boolean first = i <= pixelBytes;
          int left = first ? 0 : row[i - pixelBytes] & 0xFF;
          int corner = first ? 0 : above[i - pixelBytes] & 0xFF;
          row[i] += (byte) paeth(left, above[i] & 0xFF, corner);
        }
      }
      default ->
          throw new BadImageException(
              "%s is damaged: row %d has the unknown filter %d", source, rows, row[0] & 0xFF);
    }
  }

  private static int paeth(int left, int above, int corner) {
    int p = left + above - corner;
    int a = Math.abs(p - left);
    int b = Math.abs(p - above);
    int c = Math.abs(p - corner);
    if (a <= b && a <= c) {
      return left;
    }
    return b <= c ? above : corner;
  }
}

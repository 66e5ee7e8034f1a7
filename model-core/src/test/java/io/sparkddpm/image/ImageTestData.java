package io.sparkddpm.image;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.SortedMap;

/** Files beside these tests, and small generated images. */
final class ImageTestData {
  private ImageTestData() {}

  static byte[] file(String name) {
    try (InputStream in = ImageTestData.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static SortedMap<String, NpyArray> expected() {
    try (InputStream in = ImageTestData.class.getResourceAsStream("expected.npz")) {
      return Npz.read(in, "expected.npz");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ByteImage image(NpyArray array) {
    int[] s = array.shape();
    return new ByteImage(array.data(), s[0], s[1], s[2]);
  }

  /** Value (c, y, x) is c·101 + y·37 + x·5 modulo 256. */
  static ByteImage pattern(int channels, int height, int width) {
    byte[] data = new byte[channels * height * width];
    int i = 0;
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          data[i++] = (byte) (c * 101 + y * 37 + x * 5);
        }
      }
    }
    return new ByteImage(data, channels, height, width);
  }

  static int largestDifference(ByteImage a, ByteImage b) {
    if (a.channels() != b.channels() || a.height() != b.height() || a.width() != b.width()) {
      throw new AssertionError(a + " against " + b);
    }
    int largest = 0;
    for (int i = 0; i < a.data().length; i++) {
      largest = Math.max(largest, Math.abs((a.data()[i] & 0xFF) - (b.data()[i] & 0xFF)));
    }
    return largest;
  }
}

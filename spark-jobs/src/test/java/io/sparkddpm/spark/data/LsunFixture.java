package io.sparkddpm.spark.data;

import io.sparkddpm.image.ByteImage;
import io.sparkddpm.random.RandomStream;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import org.lmdbjava.Dbi;
import org.lmdbjava.Env;
import org.lmdbjava.Txn;

/** Writes LMDB environments as LSUN's are. */
final class LsunFixture {
  private LsunFixture() {}

  /** Forty hexadecimal digits, as LSUN's keys. */
  static String key(RandomStream random) {
    return String.format(
        Locale.ROOT,
        "%016x%016x%08x",
        random.nextLong(),
        random.nextLong(),
        random.nextInt(Integer.MAX_VALUE));
  }

  /** Smooth, with a random slope in each channel. */
  static ByteImage image(RandomStream random, int height, int width) {
    byte[] data = new byte[3 * height * width];
    for (int c = 0; c < 3; c++) {
      int down = random.nextInt(256);
      int right = random.nextInt(256);
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          data[(c * height + y) * width + x] =
              (byte) ((down * y / height + right * x / width) / 2 + random.nextInt(4));
        }
      }
    }
    return new ByteImage(data, 3, height, width);
  }

  /** The file of an image in a format of ImageIO's. */
  static byte[] encode(ByteImage image, String format) throws IOException {
    int h = image.height();
    int w = image.width();
    BufferedImage buffered = new BufferedImage(w, h, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int rgb = 0;
        for (int c = 0; c < 3; c++) {
          rgb = rgb << 8 | (image.data()[(c * h + y) * w + x] & 0xFF);
        }
        buffered.setRGB(x, y, rgb);
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (!ImageIO.write(buffered, format, out)) {
      throw new IOException("no writer for " + format);
    }
    return out.toByteArray();
  }

  /** Writes an environment. */
  static void write(Path dir, Map<String, byte[]> entries) throws IOException {
    Files.createDirectories(dir);
    long bytes = entries.values().stream().mapToLong(v -> v.length + 8192L).sum();
    try (Env<ByteBuffer> env =
        Env.create().setMapSize(4 * bytes + (1 << 20)).setMaxDbs(0).open(dir.toFile())) {
      Dbi<ByteBuffer> db = env.openDbi((byte[]) null);
      try (Txn<ByteBuffer> txn = env.txnWrite()) {
        entries.forEach(
            (key, value) ->
                db.put(txn, direct(key.getBytes(StandardCharsets.UTF_8)), direct(value)));
        txn.commit();
      }
    }
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }
}

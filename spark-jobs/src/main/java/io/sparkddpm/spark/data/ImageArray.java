package io.sparkddpm.spark.data;

import io.sparkddpm.archive.Npy;
import io.sparkddpm.archive.ZipArchive;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.spark.input.HadoopChannel;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.net.URI;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Images as one array of bytes [N, H, W, C] in an .npy file, or in an .npz file, where it may be
 * compressed.
 *
 * @param file that holds it
 * @param entry of the .npz file; empty for an .npy file
 * @param key of that entry
 * @param images N
 * @param height H
 * @param width W
 * @param channels C, 1 or 3
 */
public record ImageArray(
    URI file, String entry, String key, int images, int height, int width, int channels)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Takes images. */
  public interface Sink {
    /**
     * Takes an image.
     *
     * @param name for messages
     * @param pixels [H, W, C], overwritten by the next image's
     */
    void accept(String name, byte[] pixels);
  }

  /** Bytes of one image. */
  public int length() {
    return Math.multiplyExact(Math.multiplyExact(height, width), channels);
  }

  /** Whether images in the middle are read by passing through those before them. */
  boolean isCompressed() {
    return !entry.isEmpty() && ArchiveKey.entry(entry, key).isCompressed();
  }

  /**
   * Reads some images in order. A stored array is read from where they begin; a compressed one is
   * passed through up to there. Whoever reads the first image of an .npz file also reads on to the
   * array's end, where its CRC-32 is compared: none is good unless all are.
   *
   * @throws UserException if the file is damaged or cut off
   * @throws IOException if reading fails, which may pass
   */
  public void read(Configuration conf, long first, long count, Sink sink) throws IOException {
    if (entry.isEmpty()) {
      FileSystem fs = Locations.fileSystem(conf, file);
      try (InputStream in = Locations.openRange(fs, new Path(file))) {
        read(in, first, count, sink);
      }
      return;
    }
    try (ZipArchive zip = new ZipArchive(new HadoopChannel(conf, file), file.toString());
        InputStream in = zip.open(ArchiveKey.entry(entry, key))) {
      read(in, first, count, sink);
      if (first == 0) {
        in.transferTo(OutputStream.nullOutputStream());
      }
    }
  }

  private void read(InputStream in, long first, long count, Sink sink) throws IOException {
    byte[] pixels = new byte[length()];
    Npy.readHeader(in, file.toString());
    in.skipNBytes(first * pixels.length);
    for (long i = first; i < first + count; i++) {
      String name = name(i);
      if (in.readNBytes(pixels, 0, pixels.length) < pixels.length) {
        throw new UserException("%s: the array is cut off", name);
      }
      sink.accept(name, pixels);
    }
  }

  /** An image's name for messages. */
  public String name(long image) {
    return String.format(Locale.ROOT, "%s, image %d", file, image);
  }

  /** Its pixels [H, W, C] as an image. */
  public ByteImage image(byte[] pixels) {
    return image(pixels, 0, height, width, channels);
  }

  /** [H, W, C] from a position on as an image, [C, H, W]. */
  static ByteImage image(byte[] pixels, int from, int height, int width, int channels) {
    int area = height * width;
    byte[] planes = new byte[channels * area];
    for (int c = 0; c < channels; c++) {
      for (int p = 0; p < area; p++) {
        planes[c * area + p] = pixels[from + p * channels + c];
      }
    }
    return new ByteImage(planes, channels, height, width);
  }
}

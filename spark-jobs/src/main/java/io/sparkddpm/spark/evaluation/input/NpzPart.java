package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.archive.Npy;
import io.sparkddpm.archive.ZipArchive;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.spark.input.HadoopChannel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.security.MessageDigest;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/**
 * Some images of an array [N, H, W, C] of bytes in an .npz file. A stored array is read from where
 * they begin; a compressed one must be passed through up to there. The first part also reads on to
 * the array's end, where its CRC-32 is compared: no part is good unless all are.
 */
record NpzPart(
    int index,
    URI archive,
    ZipArchive.Entry entry,
    long first,
    long images,
    int height,
    int width,
    int channels,
    int[] labels)
    implements ImagePart {
  private static final long serialVersionUID = 1L;

  @Override
  public String read(Configuration conf, Sink sink) {
    MessageDigest digest = Sha256.digest();
    int length = Math.multiplyExact(height * width, channels);
    sink.expect(archive + ", image " + first, length, 2L * length); // pixels and planes
    byte[] pixels = new byte[length];
    try (ZipArchive zip = new ZipArchive(new HadoopChannel(conf, archive), archive.toString());
        InputStream in = zip.open(entry)) {
      Npy.readHeader(in, archive.toString());
      in.skipNBytes(first * pixels.length); // nothing of the first part, which verifies
      for (long i = first; i < first + images; i++) {
        String name = String.format(Locale.ROOT, "%s, image %d", archive, i);
        if (in.readNBytes(pixels, 0, pixels.length) < pixels.length) {
          throw new UserException("%s: the array is cut off", name);
        }
        digest.update(pixels);
        sink.accept(name, labels[(int) (i - first)], planes(pixels));
      }
      if (first == 0) {
        in.transferTo(OutputStream.nullOutputStream());
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", archive, e.getMessage());
    }
    return Sha256.hex(digest);
  }

  /** [H, W, C] to [C, H, W]. */
  private ByteImage planes(byte[] pixels) {
    int area = height * width;
    byte[] planes = new byte[pixels.length];
    for (int c = 0; c < channels; c++) {
      for (int p = 0; p < area; p++) {
        planes[c * area + p] = pixels[p * channels + c];
      }
    }
    return new ByteImage(planes, channels, height, width);
  }
}

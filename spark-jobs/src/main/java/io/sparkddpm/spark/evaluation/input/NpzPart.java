package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.ImageArray;
import java.io.IOException;
import java.security.MessageDigest;
import org.apache.hadoop.conf.Configuration;

/** Some images of an array in an .npz file. */
record NpzPart(int index, ImageArray array, long first, long images, int[] labels)
    implements ImagePart {
  private static final long serialVersionUID = 1L;

  @Override
  public String read(Configuration conf, Sink sink) {
    MessageDigest digest = Sha256.digest();
    sink.expect(array.name(first), array.length(), 2L * array.length()); // pixels and planes
    int[] at = new int[1];
    try {
      array.read(
          conf,
          first,
          images,
          (name, pixels) -> {
            digest.update(pixels);
            sink.accept(name, labels[at[0]++], array.image(pixels));
          });
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", array.file(), e.getMessage());
    }
    return Sha256.hex(digest);
  }
}

package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

/**
 * What the inputs hold, without having read it.
 *
 * @param classNames by label
 * @param slices all files in the order that ids follow
 */
record SourceListing(List<String> classNames, List<SourceSlice> slices) {
  SourceListing {
    classNames = List.copyOf(classNames);
    slices = List.copyOf(slices);
  }

  long records() {
    return slices.stream().mapToLong(SourceSlice::records).sum();
  }

  /** Changes whenever a file comes, goes, or is written. */
  String fingerprint() {
    MessageDigest digest = Sha256.digest();
    for (SourceSlice s : slices) {
      String line = s.uri() + "\t" + s.size() + "\t" + s.modified() + "\n";
      digest.update(line.getBytes(StandardCharsets.UTF_8));
    }
    return Sha256.hex(digest);
  }
}

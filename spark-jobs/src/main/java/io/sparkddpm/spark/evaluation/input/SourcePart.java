package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.ImageSource;
import io.sparkddpm.spark.data.SourceSlice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** Some records of a format that datasets are made from, in their own sizes. */
record SourcePart(int index, ImageSource source, List<SourceSlice> slices) implements ImagePart {
  private static final long serialVersionUID = 1L;

  SourcePart {
    slices = new ArrayList<>(slices); // serialised by Java and by Kryo
  }

  @Override
  public long images() {
    return slices.stream().mapToLong(SourceSlice::records).sum();
  }

  @Override
  public String read(Configuration conf, Sink sink) {
    StringBuilder digests = new StringBuilder();
    for (SourceSlice slice : slices) {
      try {
        source.read(
            conf,
            slice,
            raw -> {
              digests.append(Sha256.of(raw.bytes())).append('\n');
              sink.acceptRecord(raw, source);
            });
      } catch (IOException e) {
        throw new UserException(e, "cannot read %s: %s", slice.uri(), e.getMessage());
      }
    }
    return Sha256.of(digests.toString().getBytes(StandardCharsets.UTF_8));
  }
}

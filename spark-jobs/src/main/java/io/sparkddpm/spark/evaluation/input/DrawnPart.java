package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.spark.sampling.DrawnSamples;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/** A shard of samples that the task draws itself. */
record DrawnPart(DrawnSamples.Shard shard) implements ImagePart {
  private static final long serialVersionUID = 1L;

  @Override
  public int index() {
    return shard.number();
  }

  @Override
  public long images() {
    return shard.images();
  }

  @Override
  public String read(Configuration conf, Sink sink) {
    StringBuilder digests = new StringBuilder();
    shard.draw(
        sample -> {
          digests.append(Sha256.of(sample.file())).append('\n');
          String name = String.format(Locale.ROOT, "drawn image %d", sample.index());
          sink.accept(name, sample.label(), ImageCodec.decode(sample.file(), name));
        });
    return Sha256.of(digests.toString().getBytes(StandardCharsets.UTF_8));
  }
}

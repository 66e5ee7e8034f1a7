package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.spark.sampling.Samples;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/** A shard of samples. */
record SamplesPart(int index, URI dir, FileEntry shard) implements ImagePart {
  private static final long serialVersionUID = 1L;

  @Override
  public long images() {
    return shard.records();
  }

  @Override
  public String read(Configuration conf, Sink sink) {
    List<Samples.Sample> samples = Samples.read(conf, dir, shard);
    if (samples.size() != images()) {
      throw new UserException(
          "%s/%s has %d images, its manifest says %d", dir, shard.path(), samples.size(), images());
    }
    for (Samples.Sample sample : samples) {
      String name =
          String.format(Locale.ROOT, "%s/%s, image %d", dir, shard.path(), sample.index());
      sink.accept(name, sample.label(), ImageCodec.decode(sample.file(), name));
    }
    return shard.sha256();
  }
}

package io.sparkddpm.spark.sampling;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.ArtifactWriter;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/** Samples whose images a test chose. */
public final class SampleFixture {
  private SampleFixture() {}

  /** Writes samples as the sampling job does, as if drawn at that step from these weights. */
  public static void write(URI dir, List<ByteImage> images, int perShard, String weights, long step)
      throws IOException {
    Configuration conf = new Configuration();
    ArtifactWriter writer = ArtifactWriter.create(conf, dir, ArtifactKind.SAMPLES);
    for (int from = 0; from < images.size(); from += perShard) {
      writer.add(shard(conf, dir, images, from, Math.min(images.size(), from + perShard)));
    }
    writer.commit(
        Manifest.builder(ArtifactKind.SAMPLES)
            .config("sampler.sampler", "ddim")
            .config("sampler.steps", "50")
            .seed("sample", 7)
            .count(Samples.COUNT, images.size())
            .count("checkpoint-step", step)
            .property("weights", weights));
  }

  private static FileEntry shard(
      Configuration conf, URI dir, List<ByteImage> images, int from, int to) throws IOException {
    String path =
        String.format(
            Locale.ROOT,
            "%s/%s%05d%s",
            Samples.IMAGES,
            Samples.SHARD_PREFIX,
            from,
            Samples.SHARD_SUFFIX);
    SampleFile.Writer file =
        new SampleFile.Writer(conf, ArtifactOutput.create(conf, dir, path), false, "png");
    for (int i = from; i < to; i++) {
      file.write(new Samples.Sample(i, Condition.NO_LABEL, ImageCodec.encodePng(images.get(i))));
    }
    file.close();
    return file.entry();
  }
}

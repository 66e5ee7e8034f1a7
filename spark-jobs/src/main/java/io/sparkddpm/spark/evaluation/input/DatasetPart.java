package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.DecodedShard;
import io.sparkddpm.spark.data.ShardReader;
import io.sparkddpm.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/**
 * Images [from, to) of a dataset's shard. The shard is read as a whole, which costs next to nothing
 * compared with the features of its images.
 *
 * @param shard the dataset with that shard only
 */
record DatasetPart(int index, Dataset shard, int from, int to) implements ImagePart {
  private static final long serialVersionUID = 1L;

  @Override
  public long images() {
    return (long) to - from;
  }

  @Override
  public String read(Configuration conf, Sink sink) {
    DecodedShard images = ShardReader.read(conf, shard, 0);
    Shape shape = shard.layout().shape();
    int length = shape.length();
    for (int i = from; i < to; i++) {
      byte[] pixels = Arrays.copyOfRange(images.payload(), i * length, (i + 1) * length);
      sink.accept(
          String.format(Locale.ROOT, "%s, image %d", shard.uri(), images.ids()[i]),
          images.labels()[i],
          new ByteImage(pixels, shape.dim(0), shape.dim(1), shape.dim(2)));
    }
    String read =
        String.format(Locale.ROOT, "%s [%d, %d)", shard.shards().get(0).sha256(), from, to);
    return Sha256.of(read.getBytes(StandardCharsets.UTF_8));
  }
}

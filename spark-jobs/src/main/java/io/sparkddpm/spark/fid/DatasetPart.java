package io.sparkddpm.spark.fid;

import io.sparkddpm.image.ByteImage;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.DecodedShard;
import io.sparkddpm.spark.data.ShardReader;
import java.util.Arrays;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/** A shard of a dataset. */
record DatasetPart(int index, Dataset dataset) implements ImagePart {
  private static final long serialVersionUID = 1L;

  @Override
  public long images() {
    return dataset.shards().get(index).records();
  }

  @Override
  public String read(Configuration conf, Sink sink) {
    DecodedShard shard = ShardReader.read(conf, dataset, index);
    int length = dataset.imageLength();
    for (int i = 0; i < shard.size(); i++) {
      byte[] pixels = Arrays.copyOfRange(shard.pixels(), i * length, (i + 1) * length);
      sink.accept(
          String.format(Locale.ROOT, "%s, image %d", dataset.uri(), shard.ids()[i]),
          shard.labels()[i],
          new ByteImage(pixels, dataset.channels(), dataset.height(), dataset.width()));
    }
    return dataset.shards().get(index).sha256();
  }
}

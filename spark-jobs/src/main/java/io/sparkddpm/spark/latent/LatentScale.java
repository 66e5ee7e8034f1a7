package io.sparkddpm.spark.latent;

import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.DecodedShard;
import io.sparkddpm.spark.data.ShardReader;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.RunningTask;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.session.TaskResources;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.tensor.Batch;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/**
 * Measures what latents must be multiplied by to have a variance of 1; Rombach et al. 2022, app. G.
 * The first images of every shard are looked at, {@link #IMAGES} in all or few more. Sums are
 * merged in the order of the shards.
 */
final class LatentScale {
  /** With so many images the deviation of their latents is known to well below one in a hundred. */
  static final int IMAGES = 2048;

  private LatentScale() {}

  /**
   * The reciprocal of the deviation of all values of the latents.
   *
   * @param codec with a scale of 1
   */
  static double measure(
      JavaSparkContext spark,
      LatentCodec codec,
      Dataset dataset,
      int batchSize,
      int partitions,
      Progress progress) {
    int shards = dataset.shards().size();
    int each = (IMAGES + shards - 1) / shards;
    List<Integer> numbers = new ArrayList<>(IntStream.range(0, shards).boxed().toList());
    Broadcast<LatentCodec> broadcast = spark.broadcast(codec);
    SortedMap<Integer, Sums> parts = new TreeMap<>();
    try (Progress.Task task = progress.start("measure latents", shards)) {
      SumTask sum =
          new SumTask(
              broadcast, HadoopConf.of(spark.hadoopConfiguration()), dataset, batchSize, each);
      StreamedResults.forEach(
          TaskResources.withCard(spark, numbers, partitions).map(sum),
          "measure latents of " + dataset.uri(),
          part -> {
            parts.put(part.shard(), part);
            task.advance(1);
          });
    } finally {
      Broadcasts.destroy(broadcast);
    }
    return 1 / parts.values().stream().reduce(Sums.NONE, Sums::plus).deviation();
  }

  /** Of the values of a shard's latents, in double. */
  private record Sums(int shard, long count, double sum, double squares) implements Serializable {
    static final Sums NONE = new Sums(0, 0, 0, 0);

    Sums plus(Sums other) {
      return new Sums(other.shard, count + other.count, sum + other.sum, squares + other.squares);
    }

    double deviation() {
      double mean = sum / count;
      return Math.sqrt(squares / count - mean * mean);
    }
  }

  /** Encodes the first images of a shard. */
  private static final class SumTask implements Function<Integer, Sums> {
    private static final long serialVersionUID = 1L;

    private final Broadcast<LatentCodec> codec;
    private final HadoopConf conf;
    private final Dataset dataset;
    private final int batchSize;
    private final int most;

    SumTask(
        Broadcast<LatentCodec> codec, HadoopConf conf, Dataset dataset, int batchSize, int most) {
      this.codec = codec;
      this.conf = conf;
      this.dataset = dataset;
      this.batchSize = batchSize;
      this.most = most;
    }

    @Override
    public Sums call(Integer shard) {
      DecodedShard records = ShardReader.read(conf.get(), dataset, shard);
      int count = Math.min(most, records.size());
      Sums sums = Sums.NONE;
      for (int first = 0; first < count; first += batchSize) {
        RunningTask.stopIfKilled("the job was cancelled");
        Batch latents = codec.value().encode(records.batch(dataset.layout(), first, batchSize));
        sums = sums.plus(of(shard, latents, Math.min(batchSize, count - first)));
      }
      return sums;
    }

    private static Sums of(int shard, Batch latents, int items) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < latents.offset(items); i++) {
        double value = latents.data()[i];
        sum += value;
        squares += value * value;
      }
      return new Sums(shard, latents.offset(items), sum, squares);
    }
  }
}

package io.sparkddpm.spark.train;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.train.StepStatistics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.ShuffleDependency;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import scala.Tuple2;

/**
 * Over the network: one broadcast out; back in blocks, which a shuffle brings together and
 * executors average, so that the driver receives one averaged state, not one for each worker.
 */
final class ClusterExchange extends RoundExchange {
  private static final long serialVersionUID = 1L;

  /**
   * Blocks of all workers that one averaging task takes, at about 4 MB each. So its result stays
   * well under 200 MB: larger ones Spark 3.5 fetches by way of files, and one of 429 MB could not
   * be read back.
   */
  private static final int BLOCKS_PER_TASK = 32;

  /** Spark's default for writing a shuffle straight to its partitions, without a sort. */
  private static final int MAX_TASKS = 200;

  private final Broadcast<VectorBlock[]> vectors;

  ClusterExchange(JavaSparkContext spark, float[]... vectors) {
    this.vectors =
        spark.broadcast(
            Arrays.stream(vectors)
                .map(v -> new VectorBlock(v, 0, v.length))
                .toArray(VectorBlock[]::new));
  }

  @Override
  float[][] start() {
    return Arrays.stream(vectors.value()).map(VectorBlock::array).toArray(float[][]::new);
  }

  @Override
  Iterator<Tuple2<Long, WorkerOutput>> send(
      int worker, long weight, EnginePool.Engine engine, Vectors sent) {
    return IntStream.range(0, sent.blocks())
        .mapToObj(
            b -> new Tuple2<>(BlockKey.of(b, worker), WorkerOutput.block(weight, sent.block(b))))
        .iterator();
  }

  @Override
  RoundResult run(JavaRDD<MultiDataSet> data, WorkerTask task, Vectors result) {
    JavaPairRDD<Long, WorkerOutput> sorted =
        JavaPairRDD.fromJavaRDD(data.mapPartitionsWithIndex(task, false))
            .repartitionAndSortWithinPartitions(
                new BlockKey.ByBlock(averagingTasks(data, result.blocks())));
    try {
      return take(sorted.map(t -> t).mapPartitions(new AverageTask()).collect(), result);
    } finally {
      deleteFiles(sorted.rdd());
    }
  }

  /** Spark itself would keep what it shuffled until the driver collects garbage. */
  private static void deleteFiles(RDD<?> shuffled) {
    int shuffle = ((ShuffleDependency<?, ?, ?>) shuffled.dependencies().head()).shuffleId();
    SparkContext spark = shuffled.context();
    if (spark.cleaner().isDefined()) {
      spark.cleaner().get().doCleanupShuffle(shuffle, true);
    }
  }

  private static RoundResult take(List<Tuple2<Long, WorkerOutput>> averages, Vectors result) {
    List<List<StepStatistics>> statistics = new ArrayList<>();
    Map<Integer, String> places = new HashMap<>();
    int blocks = 0;
    for (Tuple2<Long, WorkerOutput> output : averages) {
      if (output._2().block() == null) {
        statistics.add(output._2().statistics());
        places.put(BlockKey.worker(output._1()), output._2().place());
      } else {
        result.set(BlockKey.block(output._1()), output._2().block());
        blocks++;
      }
    }
    List<StepStatistics> steps = merge(statistics);
    boolean finite = areFinite(steps);
    checkState(
        !finite || blocks == result.blocks(),
        "%s blocks came back instead of %s",
        blocks,
        result.blocks());
    return new RoundResult(steps, places, finite);
  }

  private static int averagingTasks(JavaRDD<MultiDataSet> data, int blocks) {
    long all = (long) blocks * data.getNumPartitions();
    long tasks = Math.max(data.context().defaultParallelism(), all / BLOCKS_PER_TASK);
    return (int) Math.min(tasks, Math.min(blocks + 1, MAX_TASKS));
  }

  @Override
  void close() {
    vectors.destroy(true); // or the next round's would not find room beside it
  }
}

package io.sparkddpm.spark.sampling;

import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.TaskErrors;
import io.sparkddpm.spark.session.TaskResources;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.LeaseToken;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/** Runs the tasks of a sampling job. */
final class ShardRunner {
  private final JavaSparkContext spark;
  private final URI dir;
  private final int partitions;
  private final HadoopConf conf;

  ShardRunner(SparkSession session, URI dir, int partitions) {
    this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    this.dir = dir;
    this.partitions = partitions;
    this.conf = HadoopConf.of(spark.hadoopConfiguration());
  }

  /**
   * Those whose files are as they were written; every byte is read.
   *
   * @param hasStrip whether there is a strip with shard 0
   */
  List<FinishedShard> whole(List<FinishedShard> candidates, boolean hasStrip) {
    if (candidates.isEmpty()) {
      return candidates;
    }
    spark.setJobDescription("sample: checking " + candidates.size() + " finished shards");
    return spark
        .parallelize(candidates, Math.max(1, Math.min(partitions, candidates.size())))
        .filter(new IsWhole(conf, dir, hasStrip))
        .collect();
  }

  /**
   * Makes shards while a lease is held; {@code task} advances by their images as they are finished.
   */
  List<FinishedShard> make(
      ShardSampler sampler, List<SamplePlan.Shard> shards, LeaseToken lease, Progress.Task task) {
    List<FinishedShard> finished = new ArrayList<>();
    Broadcast<ShardSampler> broadcast = spark.broadcast(sampler);
    try {
      JavaRDD<SamplePlan.Shard> rdd = TaskResources.withCard(spark, shards, partitions);
      List<Object> all = new ArrayList<>();
      for (int p = 0; p < rdd.getNumPartitions(); p++) {
        all.add(p);
      }
      ClassTag<ArrayList<FinishedShard>> tag = ClassTag$.MODULE$.apply(ArrayList.class);
      spark
          .sc()
          .runJob(
              rdd.rdd(),
              new SampleTask(broadcast, conf, lease, dir),
              JavaConverters.asScalaBuffer(all).toSeq(),
              new Collect(finished, task),
              tag);
      return finished;
    } catch (Exception e) { // Scala's runJob declares none, but throws checked ones
      throw cause(
          e,
          "sampling failed; the shards that are whole stay in "
              + dir
              + " and will not be made again");
    } finally {
      Broadcasts.destroy(broadcast);
      spark.setJobDescription(null);
    }
  }

  /** Draws all images of a plan, in order, without keeping them. */
  List<byte[]> draw(ShardSampler sampler) {
    Broadcast<ShardSampler> broadcast = spark.broadcast(sampler);
    try {
      List<byte[]> images = new ArrayList<>();
      TaskResources.withCard(spark, sampler.plan().shards(), partitions)
          .map(new GridTask(broadcast))
          .collect()
          .forEach(images::addAll);
      return images;
    } catch (Exception e) { // as above
      throw cause(e, "drawing a sample grid failed");
    } finally {
      Broadcasts.destroy(broadcast);
      spark.setJobDescription(null);
    }
  }

  /** What a task threw for the user to read, without Spark's wrapping. */
  private static RuntimeException cause(Exception e, String what) {
    return TaskErrors.reported(e)
        .orElseGet(() -> new IllegalStateException(what + ": " + e.getMessage(), e));
  }

  private static final class IsWhole implements Function<FinishedShard, Boolean> {
    private static final long serialVersionUID = 1L;

    private final HadoopConf conf;
    private final URI dir;
    private final boolean hasStrip;

    IsWhole(HadoopConf conf, URI dir, boolean hasStrip) {
      this.conf = conf;
      this.dir = dir;
      this.hasStrip = hasStrip;
    }

    @Override
    public Boolean call(FinishedShard shard) {
      return shard.isWhole(conf.get(), dir, hasStrip);
    }
  }

  /** Takes the result of each task as it comes in, on the driver. */
  private static final class Collect
      extends AbstractFunction2<Object, ArrayList<FinishedShard>, BoxedUnit>
      implements Serializable {
    private static final long serialVersionUID = 1L;

    private final transient List<FinishedShard> finished;
    private final transient Progress.Task task;

    Collect(List<FinishedShard> finished, Progress.Task task) {
      this.finished = finished;
      this.task = task;
    }

    @Override
    public BoxedUnit apply(Object partition, ArrayList<FinishedShard> shards) {
      for (FinishedShard shard : shards) {
        finished.add(shard);
        task.advance(shard.images().records());
      }
      return BoxedUnit.UNIT;
    }
  }
}

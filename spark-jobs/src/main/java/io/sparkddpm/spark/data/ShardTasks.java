package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** Runs the tasks of a sharding job, and gives up when too many records are bad. */
final class ShardTasks {
  private static final int NAMED_BAD_IMAGES = 3;

  private final JavaSparkContext context;
  private final ShardConfig config;
  private final URI to;
  private final Optional<Integer> partitions;
  private final Progress progress;

  /**
   * @param to where the dataset lies, for the description of Spark's job
   * @param partitions to spread the shards over; otherwise one a shard
   */
  ShardTasks(
      JavaSparkContext context,
      ShardConfig config,
      URI to,
      Optional<Integer> partitions,
      Progress progress) {
    this.context = context;
    this.config = config;
    this.to = to;
    this.partitions = partitions;
    this.progress = progress;
  }

  /**
   * Runs a task for each plan.
   *
   * @param what is done, for progress and Spark's pages
   * @return outcomes in the order of the plans
   */
  List<ShardOutcome> run(
      String what, List<ShardPlan> plans, Function<Broadcast<HadoopConf>, ShardTask> task) {
    Map<Integer, ShardOutcome> outcomes = new TreeMap<>();
    List<String> bad = new ArrayList<>();
    long records = plans.stream().mapToLong(plan -> plan.slices().records()).sum();
    Broadcast<HadoopConf> hadoop = context.broadcast(HadoopConf.of(context.hadoopConfiguration()));
    JavaRDD<ShardOutcome> rdd =
        context.parallelize(plans, partitions.orElse(plans.size())).map(task.apply(hadoop));
    try (Progress.Task shown = progress.start(what, records)) {
      StreamedResults.forEach(
          rdd,
          what + ": " + plans.size() + " shards to " + to,
          outcome -> {
            outcomes.put(outcome.index(), outcome);
            bad.addAll(outcome.badImages());
            refuseTooManyBad(bad);
            shown.advance(plans.get(outcome.index()).slices().records());
          });
    } finally {
      Broadcasts.destroy(hadoop);
    }
    return new ArrayList<>(outcomes.values());
  }

  private void refuseTooManyBad(List<String> bad) {
    if (bad.size() > config.badImageLimit()) {
      List<String> named = bad.subList(0, Math.min(NAMED_BAD_IMAGES, bad.size()));
      throw new UserException(
          "%s%s (%d bad so far, shard.bad-image-limit is %d)",
          String.join("; ", named),
          bad.size() > named.size() ? "; and more" : "",
          bad.size(),
          config.badImageLimit());
    }
  }
}

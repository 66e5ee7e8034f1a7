package io.sparkddpm.spark.training.round;

import com.google.common.collect.Iterators;
import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.spark.session.TaskResources;
import io.sparkddpm.spark.training.exchange.PreferredPlaces;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** The workers of a round as partitions, and where each is best run. One thread at a time. */
final class WorkerPartitions {
  private final JavaSparkContext spark;
  private final WorkerSetup setup;
  private final Broadcast<WorkerSetup> sent;
  private final boolean local;
  private Map<Integer, String> places = Map.of();

  /**
   * @param sent the same setup, for tasks
   * @param local whether driver and tasks share this JVM
   */
  WorkerPartitions(
      JavaSparkContext spark, WorkerSetup setup, Broadcast<WorkerSetup> sent, boolean local) {
    this.spark = spark;
    this.setup = setup;
    this.sent = sent;
    this.local = local;
  }

  /** Takes note of where each worker has run. */
  void ran(Map<Integer, String> at) {
    places = at;
  }

  /** The data of a round, a partition for each worker: read where and when the worker runs. */
  JavaRDD<Minibatch> data(RoundPlan plan) {
    Broadcast<WorkerSetup> known = sent;
    return workers(plan)
        .flatMap(
            worker -> {
              if (known.value().training().shareSize(worker) == 0) {
                return Collections.emptyIterator();
              }
              return Iterators.transform(
                  IntStream.range(0, plan.steps()).iterator(),
                  i -> known.value().minibatch(worker, plan.firstStep() + i));
            });
  }

  /**
   * Workers, each with a preference for the executor that ran it last, whose cache has the shards
   * of the window, then for the hosts of its shards' files.
   */
  JavaRDD<Integer> workers(RoundPlan plan) {
    List<Integer> workers = IntStream.range(0, setup.training().workers()).boxed().toList();
    return TaskResources.withCard(PreferredPlaces.rdd(spark, workers, w -> preferred(w, plan)));
  }

  private List<String> preferred(int worker, RoundPlan plan) {
    List<String> preferred = new ArrayList<>();
    if (places.containsKey(worker)) {
      preferred.add(places.get(worker));
    }
    if (setup.training().shareSize(worker) > 0 && !local) {
      preferred.addAll(setup.hosts(worker, plan.firstStep()));
    }
    return preferred;
  }
}

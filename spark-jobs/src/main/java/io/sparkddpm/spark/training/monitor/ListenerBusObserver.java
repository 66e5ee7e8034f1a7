package io.sparkddpm.spark.training.monitor;

import io.sparkddpm.engine.TrainingMetrics;
import java.net.URI;
import org.apache.spark.SparkContext;

/** Passes a run's metrics to Spark's listeners, of which the event log is one. */
public final class ListenerBusObserver implements RunObserver {
  private final SparkContext spark;
  private final URI run;

  public ListenerBusObserver(SparkContext spark, URI run) {
    this.spark = spark;
    this.run = run;
  }

  @Override
  public void measured(TrainingMetrics metrics) {
    spark.listenerBus().post(TrainingMetricsEvent.of(run, metrics));
  }
}

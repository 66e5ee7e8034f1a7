package io.sparkddpm.spark.training.round;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.spark.training.exchange.BlockedVectors;
import io.sparkddpm.spark.training.exchange.RoundExchange;
import io.sparkddpm.spark.training.exchange.RoundResult;
import java.util.Collection;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deeplearning4j.core.loader.DataSetLoader;
import org.deeplearning4j.core.loader.MultiDataSetLoader;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.spark.api.TrainingHook;
import org.deeplearning4j.spark.api.TrainingMaster;
import org.deeplearning4j.spark.api.TrainingResult;
import org.deeplearning4j.spark.api.TrainingWorker;
import org.deeplearning4j.spark.api.stats.SparkTrainingStats;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * The averaging behind {@link SparkComputationGraph#fitMultiDataSet(JavaRDD)}: one call is one
 * round, whose data has a partition for each logical worker. Unlike dl4j-spark's own master it
 * weighs by examples, drops no batch, sums in worker order, averages on the executors block by
 * block, keeps the step count over rounds, persists nothing and destroys what it broadcast. The
 * network's state lives in flat vectors here, not in the driver's graph. One thread at a time.
 */
final class RoundTrainingMaster
    implements TrainingMaster<TrainingResult, TrainingWorker<TrainingResult>> {
  private final Broadcast<WorkerSetup> setup;
  private RoundPlan plan;
  private RoundExchange exchange;
  private BlockedVectors result;
  private RoundResult outcome;

  RoundTrainingMaster(Broadcast<WorkerSetup> setup) {
    this.setup = setup;
  }

  /**
   * Says what the next call of fit is to do.
   *
   * @param exchange holds what the workers begin with; for this one call
   * @param result receives the averages, in its arrays or in others that take their place; the
   *     arrays may be what the workers begin with
   */
  void prepare(RoundPlan plan, RoundExchange exchange, BlockedVectors result) {
    this.plan = plan;
    this.exchange = exchange;
    this.result = result;
    this.outcome = null;
  }

  /** What the last call of fit did. */
  RoundResult outcome() {
    checkState(outcome != null, "no round has been run");
    return outcome;
  }

  @Override
  public void executeTrainingMDS(SparkComputationGraph network, JavaRDD<MultiDataSet> data) {
    checkState(exchange != null, "fit was called without a plan for the round");
    try {
      outcome = exchange.run(data, new WorkerTask(setup, exchange, plan), result);
    } finally {
      exchange.close();
      exchange = null;
    }
  }

  @Override
  public void executeTraining(SparkComputationGraph network, JavaRDD<DataSet> data) {
    throw onlyFitMultiDataSet();
  }

  @Override
  public void executeTraining(SparkDl4jMultiLayer network, JavaRDD<DataSet> data) {
    throw onlyFitMultiDataSet();
  }

  @Override
  public void executeTrainingPaths(
      SparkDl4jMultiLayer network,
      SparkComputationGraph graph,
      JavaRDD<String> paths,
      DataSetLoader loader,
      MultiDataSetLoader multiLoader) {
    throw onlyFitMultiDataSet();
  }

  @Override
  public TrainingWorker<TrainingResult> getWorkerInstance(SparkDl4jMultiLayer network) {
    throw onlyFitMultiDataSet();
  }

  @Override
  public TrainingWorker<TrainingResult> getWorkerInstance(SparkComputationGraph graph) {
    throw onlyFitMultiDataSet();
  }

  private static UnsupportedOperationException onlyFitMultiDataSet() {
    return new UnsupportedOperationException(
        "rounds run through SparkComputationGraph.fitMultiDataSet(JavaRDD) alone");
  }

  @Override
  public void addHook(TrainingHook hook) {
    throw new UnsupportedOperationException("rounds have no hooks");
  }

  @Override
  public void removeHook(TrainingHook hook) {
    throw new UnsupportedOperationException("rounds have no hooks");
  }

  @Override
  public String toJson() {
    throw new UnsupportedOperationException("the run's manifest holds the configuration");
  }

  @Override
  public String toYaml() {
    return toJson();
  }

  @Override
  public void setCollectTrainingStats(boolean collect) {
    if (collect) {
      throw new UnsupportedOperationException("see the run's metrics for the times of its rounds");
    }
  }

  @Override
  public boolean getIsCollectTrainingStats() {
    return false;
  }

  @Override
  public SparkTrainingStats getTrainingStats() {
    throw new UnsupportedOperationException("see the run's metrics for the times of its rounds");
  }

  @Override
  public void setListeners(Collection<TrainingListener> listeners) {
    refuse(listeners);
  }

  @Override
  public void setListeners(StatsStorageRouter router, Collection<TrainingListener> listeners) {
    refuse(listeners);
  }

  private static void refuse(Collection<TrainingListener> listeners) {
    if (listeners != null && !listeners.isEmpty()) {
      throw new UnsupportedOperationException("a run is observed through RunObserver");
    }
  }

  @Override
  public boolean deleteTempFiles(JavaSparkContext spark) {
    return true; // there are none
  }

  @Override
  public boolean deleteTempFiles(SparkContext spark) {
    return true;
  }
}

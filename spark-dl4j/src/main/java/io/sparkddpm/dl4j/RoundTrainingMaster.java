package io.sparkddpm.dl4j;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.engine.Minibatch;
import java.util.Collection;
import java.util.function.Consumer;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
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
 * Runs a round behind {@link SparkComputationGraph#fitMultiDataSet(JavaRDD)}: one call is one
 * round, whose data has a partition for each logical worker. Unlike dl4j-spark's own master, the
 * rounds weigh by examples, drop no batch, sum in worker order and average on the executors block
 * by block; this master persists nothing and broadcasts nothing. One thread at a time.
 */
final class RoundTrainingMaster
    implements TrainingMaster<TrainingResult, TrainingWorker<TrainingResult>> {
  private Consumer<JavaRDD<Minibatch>> round;

  /** Says what the next call of fit is to do; for this one call. */
  void prepare(Consumer<JavaRDD<Minibatch>> next) {
    this.round = next;
  }

  @Override
  public void executeTrainingMDS(SparkComputationGraph network, JavaRDD<MultiDataSet> data) {
    checkState(round != null, "fit was called without a round");
    Consumer<JavaRDD<Minibatch>> now = round;
    round = null;
    now.accept(data.map(d -> ((TrainDataSet) d).minibatch()));
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

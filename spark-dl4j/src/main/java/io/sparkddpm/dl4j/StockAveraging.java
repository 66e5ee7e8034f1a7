package io.sparkddpm.dl4j;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.carrier.LibraryAveraging;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.tensor.Batch;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/**
 * dl4j-spark's own {@link ParameterAveragingTrainingMaster} on DL4J's graph, for comparison, with
 * all its faults. One thread at a time.
 */
final class StockAveraging implements LibraryAveraging {
  private final JavaSparkContext spark;
  private final UNetConfig config;
  private final ComputationGraph graph;

  /**
   * @throws UserException if the network has dropout, whose masks DL4J would draw otherwise
   */
  StockAveraging(JavaSparkContext spark, UNetConfig config, OptimizerConfig o, long seed) {
    if (config.dropout() > 0) {
      throw new UserException(
          "training.averaging=stock needs model.dropout=0, it is %s", config.dropout());
    }
    this.spark = spark;
    this.config = config;
    Adam adam = new Adam(o.schedule().learningRate(), o.beta1(), o.beta2(), o.epsilon());
    this.graph = GraphFactory.create(config, seed, adam);
  }

  @Override
  public double train(
      JavaRDD<Examples> batches, TrainingState state, int steps, int workers, int share) {
    load(state);
    SparkComputationGraph network =
        new SparkComputationGraph(spark, graph, master(steps, workers, share));
    UNetConfig known = config;
    network.fitMultiDataSet(batches.map(batch -> dataSet(known, batch)));
    store(state);
    // DL4J's loss is summed over the pixels and divided by N·C.
    int pixels = config.imageSize() * config.imageSize();
    return network.getScore() / pixels;
  }

  private static ParameterAveragingTrainingMaster master(int steps, int workers, int share) {
    return new ParameterAveragingTrainingMaster.Builder(workers, share)
        .batchSizePerWorker(share)
        .averagingFrequency(steps)
        .rddTrainingApproach(RDDTrainingApproach.Direct)
        .repartionData(Repartition.Never)
        .workerPrefetchNumBatches(0)
        .saveUpdater(true)
        .build();
  }

  /** With arrays of its own: the batch's are used again. */
  private static MultiDataSet dataSet(UNetConfig config, Examples batch) {
    return new org.nd4j.linalg.dataset.MultiDataSet(
        new INDArray[] {array(batch.noisy()), GraphFactory.sinusoids(config, batch.levels())},
        new INDArray[] {array(batch.target())});
  }

  private static INDArray array(Batch x) {
    return Nd4j.create(
        x.data().clone(), new long[] {x.count(), x.channels(), x.height(), x.width()}, 'c');
  }

  private void load(TrainingState state) {
    graph.setParams(Nd4j.createFromArray(state.parameters()).reshape(1, -1));
    INDArray moments = moments(state.parameters().length);
    int length = state.parameters().length;
    moments.assign(
        Nd4j.concat(
            1,
            Nd4j.createFromArray(state.firstMoment()).reshape(1, length),
            Nd4j.createFromArray(state.secondMoment()).reshape(1, length)));
  }

  private void store(TrainingState state) {
    int length = state.parameters().length;
    copy(graph.params().dup().data().asFloat(), 0, state.parameters());
    float[] moments = moments(length).dup().data().asFloat();
    copy(moments, 0, state.firstMoment());
    copy(moments, length, state.secondMoment());
  }

  private static void copy(float[] from, int offset, float[] to) {
    System.arraycopy(from, offset, to, 0, to.length);
  }

  private INDArray moments(int length) {
    INDArray view = graph.getUpdater().getStateViewArray();
    checkState(view.length() == 2L * length, "an updater of %s values", view.length());
    return view;
  }
}

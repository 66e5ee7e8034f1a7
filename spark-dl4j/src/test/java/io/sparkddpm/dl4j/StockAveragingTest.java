package io.sparkddpm.dl4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.WeightedMean;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Where dl4j-spark's own master does what ours does, and where it loses data. Ours is the plain
 * loop; here that loop runs on DL4J's graph with plain SGD, which has no step count to lose.
 */
class StockAveragingTest {
  private static final int BATCH = 5;
  private static final int FREQUENCY = 2;

  private static JavaSparkContext spark;

  @BeforeAll
  static void start() {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("stock averaging")
                .set("spark.ui.enabled", "false"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static ComputationGraph graph() {
    ComputationGraphConfiguration conf =
        new NeuralNetConfiguration.Builder()
            .seed(5)
            .updater(new Sgd(0.1))
            .activation(Activation.TANH)
            .graphBuilder()
            .addInputs("x")
            .addLayer("hidden", new DenseLayer.Builder().nIn(4).nOut(6).build(), "x")
            .addLayer(
                "y",
                new OutputLayer.Builder(LossFunction.MSE)
                    .nIn(6)
                    .nOut(2)
                    .activation(Activation.IDENTITY)
                    .build(),
                "hidden")
            .setOutputs("y")
            .build();
    ComputationGraph graph = new ComputationGraph(conf);
    graph.init();
    return graph;
  }

  private static List<MultiDataSet> batches(int count) {
    RandomStream random = RandomStream.of(7, Purpose.SHAPES);
    List<MultiDataSet> batches = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      batches.add(new org.nd4j.linalg.dataset.MultiDataSet(array(random, 4), array(random, 2)));
    }
    return batches;
  }

  private static INDArray array(RandomStream random, int columns) {
    float[] values = new float[BATCH * columns];
    random.fillGaussian(values, 0, values.length);
    return Nd4j.createFromArray(values).reshape(BATCH, columns);
  }

  private static float[] stock(JavaRDD<MultiDataSet> data) {
    ParameterAveragingTrainingMaster master =
        new ParameterAveragingTrainingMaster.Builder(2, BATCH)
            .batchSizePerWorker(BATCH)
            .averagingFrequency(FREQUENCY)
            .rddTrainingApproach(RDDTrainingApproach.Direct)
            .repartionData(Repartition.Never)
            .workerPrefetchNumBatches(0)
            .build();
    return new SparkComputationGraph(spark, graph(), master)
        .fitMultiDataSet(data)
        .params()
        .toFloatVector();
  }

  /** A round as we mean it: every batch of every worker, weighted by examples. */
  private static float[] plain(List<List<MultiDataSet>> workers, boolean weighted) {
    float[][] vectors = new float[workers.size()][];
    long[] weights = new long[workers.size()];
    for (int w = 0; w < vectors.length; w++) {
      ComputationGraph graph = graph();
      workers.get(w).forEach(graph::fit);
      vectors[w] = graph.params().toFloatVector();
      weights[w] = weighted ? workers.get(w).size() : 1;
    }
    float[] mean = new float[vectors[0].length];
    new WeightedMean(weights).of(vectors, 0, mean, 0, mean.length);
    return mean;
  }

  private static double distance(float[] a, float[] b) {
    double most = 0;
    for (int i = 0; i < a.length; i++) {
      most = Math.max(most, Math.abs(a[i] - b[i]));
    }
    return most;
  }

  @Test
  void plainSgdWithEqualSharesAgrees() {
    List<MultiDataSet> b = batches(4);
    float[] ours = plain(List.of(b.subList(0, 2), b.subList(2, 4)), true);
    assertArrayEquals(ours, stock(spark.parallelize(b, 2)), 1e-6f);
  }

  @Test
  void theStockMasterDropsWhatIsBeyondTheFrequencyAndWeighsNothing() {
    List<MultiDataSet> b = batches(4);
    JavaRDD<MultiDataSet> uneven =
        spark.parallelize(b.subList(0, 1), 1).union(spark.parallelize(b.subList(1, 4), 1));
    float[] stock = stock(uneven);
    float[] lossy = plain(List.of(b.subList(0, 1), b.subList(1, 3)), false);
    assertArrayEquals(lossy, stock, 1e-6f, "the fourth batch is never seen");
    float[] ours = plain(List.of(b.subList(0, 1), b.subList(1, 4)), true);
    assertTrue(distance(ours, stock) > 1e-3, () -> "by " + distance(ours, stock));
  }
}

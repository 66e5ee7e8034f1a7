package io.sparkddpm.dl4j;

import io.sparkddpm.carrier.RoundCarrier;
import io.sparkddpm.engine.Minibatch;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Runs each round as a call of {@link SparkComputationGraph#fitMultiDataSet(JavaRDD)}. */
final class TrainingMasterCarrier implements RoundCarrier {
  private final RoundTrainingMaster master = new RoundTrainingMaster();
  private final SparkComputationGraph network;

  TrainingMasterCarrier(JavaSparkContext spark) {
    this.network = new SparkComputationGraph(spark, graph(), master);
  }

  @Override
  public void carry(JavaRDD<Minibatch> data, Consumer<JavaRDD<Minibatch>> round) {
    master.prepare(round);
    network.fitMultiDataSet(data.map(TrainingMasterCarrier::dataSet));
  }

  private static MultiDataSet dataSet(Minibatch minibatch) {
    return new TrainDataSet(minibatch);
  }

  /** A graph of one layer for dl4j-spark to hold: the network itself is the engine's. */
  private static ComputationGraph graph() {
    return new ComputationGraph(
        new NeuralNetConfiguration.Builder()
            .graphBuilder()
            .addInputs("x")
            .addLayer("y", new OutputLayer.Builder(LossFunction.MSE).nIn(1).nOut(2).build(), "x")
            .setOutputs("y")
            .build());
  }
}

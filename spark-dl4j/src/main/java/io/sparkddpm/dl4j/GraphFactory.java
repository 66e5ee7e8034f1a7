package io.sparkddpm.dl4j;

import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.memory.Floats;
import io.sparkddpm.network.TimeEmbedding;
import io.sparkddpm.network.UNetConfig;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * The network as DL4J's graph, which dl4j-spark takes: inputs x_t [N, C, H, W] and the sinusoids of
 * t [N, channels]; the time embedding's dense layers; the U-Net as one vertex; a squared error. Its
 * flat parameters are those of {@link TrainableNetwork#layout()}.
 */
final class GraphFactory {
  /** Names of the graph's inputs. */
  private static final String X = "x";

  /** Sinusoids of the timestep, [N, channels]. */
  private static final String TIME = "time";

  private GraphFactory() {}

  /**
   * A graph with freshly initialised parameters.
   *
   * @param updater what DL4J's own training loop applies
   */
  static ComputationGraph create(UNetConfig network, long seed, IUpdater updater) {
    int width = network.embeddingWidth();
    TimeEmbedding time = timeEmbedding(network);
    ComputationGraphConfiguration configuration =
        new NeuralNetConfiguration.Builder()
            .seed(seed)
            .updater(updater)
            .graphBuilder()
            .addInputs(X, TIME)
            .addLayer(time.first(), dense(network.channels(), width, Activation.SWISH), TIME)
            .addLayer(time.second(), dense(width, width, Activation.IDENTITY), time.first())
            .addVertex("unet", new UNetVertexConf(network, seed, updater), X, time.second())
            .addLayer(
                "loss",
                new CnnLossLayer.Builder(LossFunctions.LossFunction.MSE)
                    .activation(Activation.IDENTITY)
                    .build(),
                "unet")
            .setOutputs("loss")
            .build();
    ComputationGraph graph = new ComputationGraph(configuration);
    graph.init();
    Floats.copy(network.spec().initialParameters(seed), graph.params());
    return graph;
  }

  private static TimeEmbedding timeEmbedding(UNetConfig network) {
    return new TimeEmbedding(network.channels(), network.embeddingWidth());
  }

  private static DenseLayer dense(int in, int out, Activation activation) {
    return new DenseLayer.Builder().nIn(in).nOut(out).activation(activation).build();
  }

  /** The graph's second input for the given zero-based timesteps, [N, channels]. */
  static INDArray sinusoids(UNetConfig network, double... timesteps) {
    int width = network.channels();
    TimeEmbedding embedding = timeEmbedding(network);
    float[] rows = new float[timesteps.length * width];
    for (int n = 0; n < timesteps.length; n++) {
      embedding.waves(timesteps[n], rows, n * width);
    }
    return Nd4j.create(rows, new long[] {timesteps.length, width}, 'c');
  }
}

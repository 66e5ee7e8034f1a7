package io.sparkddpm.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TorchConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.network.Attention;
import io.sparkddpm.network.AutoencoderConfig;
import io.sparkddpm.network.ClassEmbedding;
import io.sparkddpm.network.Convolution;
import io.sparkddpm.network.EmbeddingNode;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.network.NetworkSpec;
import io.sparkddpm.network.NormActivation;
import io.sparkddpm.network.ResidualBlock;
import io.sparkddpm.network.TimeEmbedding;
import io.sparkddpm.network.TimeTable;
import io.sparkddpm.network.TransformerConfig;
import io.sparkddpm.network.UNet1dConfig;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Labels, separate times, groups of several channels and several heads, networks of signals, the
 * autoencoder with its random latents, and the transformer, in both engines.
 */
class NodesAgreeTest {
  /** As in {@link EnginesAgreeTest}. */
  private static final double TOLERANCE = 2e-4;

  private static final int IMAGES = 3;

  /** Labels, two channels a group, four heads. */
  private record Labelled(EmbeddingNode time) implements NetworkConfig {
    private static final long serialVersionUID = 1L;

    @Override
    public NetworkSpec spec() {
      Shape wide = Shape.of(16, 6, 6);
      return new NetworkSpec(
          List.of(time, new ClassEmbedding(5, 64)),
          List.of(
              new Convolution("conv_in", Shape.of(3, 6, 6), 16, 3, 1),
              new ResidualBlock("block", wide, 16, 3, 64, 8, 0.2, 0),
              new ResidualBlock("pointwise", wide, 16, 1, 64, 8, 0.2, 1),
              new Attention("attn", wide, 8, 4),
              new NormActivation("norm_out", wide, 4),
              new Convolution("conv_out", wide, 2, 3, 1)));
    }
  }

  private static Batch noise(Shape shape, int stream) {
    Batch batch = new Batch(IMAGES, shape);
    RandomStream.of(3, Purpose.NOISE, stream).fillGaussian(batch.data(), 0, batch.data().length);
    return batch;
  }

  @Test
  void labelsGroupsAndHeads() {
    checkAgreement(new Labelled(new TimeEmbedding(16, 64)));
  }

  @Test
  void vectorsOfSingleTimesteps() {
    checkAgreement(new Labelled(new TimeTable(1000, 64)));
  }

  @Test
  void aNetworkOfSignals() {
    checkAgreement(
        new UNet1dConfig(12, 1, 2, 16, List.of(1, 2), 1, List.of(12), 0.2, 8, 5, 0.1, 8));
  }

  @Test
  void theAutoencoder() {
    checkAgreement(new AutoencoderConfig(6, 3, 3, 16, List.of(1, 2), 1, true, true, 4, 0));
  }

  @Test
  void theTransformerOfSequencesAndOfSets() {
    for (TransformerConfig.Positions positions : TransformerConfig.Positions.values()) {
      checkAgreement(new TransformerConfig(9, 3, 5, 16, 2, 8, 3, positions, 0.2, 4, 5, 0));
    }
  }

  private static void checkAgreement(NetworkConfig config) {
    NetworkSpec spec = config.spec();
    float[] parameters = Batches.parameters((int) spec.parameterCount(), 5);
    EngineFactory[] engines = {new Nd4jEngine(), new TorchEngine(TorchConfig.DEFAULTS, 0)};
    float[][] outputs = new float[2][];
    float[][] gradients = new float[2][parameters.length];
    NetworkInput input =
        new NetworkInput(
            noise(spec.inputShape(), 1),
            new double[] {0, 31.5, 999},
            Condition.labels(4, Condition.NO_LABEL, 2),
            new long[] {7, 8, 9});
    for (int i = 0; i < 2; i++) {
      try (TrainableNetwork network = engines[i].create(config, OptimizerConfig.DEFAULTS, 2)) {
        network.load(TrainingState.initial(parameters.clone()));
        Batch output = new Batch(IMAGES, spec.outputShape());
        network.forward(input, 0, IMAGES, false, output);
        network.backward(noise(spec.outputShape(), 2), false, null);
        network.storeGradient(gradients[i]);
        outputs[i] = output.data().clone();
        if (spec.embeddingWidth() > 0) {
          NetworkInput unknown =
              new NetworkInput(input.x(), input.levels(), Condition.labels(0, 1, 5), new long[3]);
          assertThrows(
              IllegalArgumentException.class,
              () -> network.forward(unknown, 0, IMAGES, false, output));
        }
      }
    }
    int length = outputs[0].length;
    double distance = Batches.distance(outputs[0], outputs[1], 0, length);
    assertTrue(distance < TOLERANCE * Batches.norm(outputs[0], 0, length), () -> "" + distance);
    for (NamedTensor tensor : spec.layout()) {
      int from = (int) tensor.offset();
      int to = (int) (from + tensor.length());
      double norm = Batches.norm(gradients[0], from, to);
      double apart = Batches.distance(gradients[0], gradients[1], from, to);
      double rounding = tensor.name().endsWith("k.bias") ? 1e-5 : 0; // its true gradient is 0
      assertTrue(apart <= TOLERANCE * norm + rounding, tensor.name() + ": " + apart);
      if (tensor.name().equals("class_embedding.weight")) {
        for (int i = from; i < to; i++) {
          int label = (i - from) / spec.embeddingWidth();
          assertEquals(label == 4 || label == 2, gradients[1][i] != 0, tensor.name() + " " + i);
        }
      }
    }
  }
}

package io.sparkddpm.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.Activations;
import io.sparkddpm.network.BodyNode;
import io.sparkddpm.network.Convolution;
import io.sparkddpm.network.LayerFactories;
import io.sparkddpm.network.NetworkSpec;
import io.sparkddpm.network.ParameterSpec;
import io.sparkddpm.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The seam of network nodes: an activation of its own, added by a node, its layer and one line of
 * registration. The engines' lists of layers are closed, so that a node of the program has that
 * line in main, in {@code Layers} and its like of engine-torch.
 */
class ToyNodeTest {
  private static final int BATCH = 2;
  private static final Shape NARROW = Shape.of(2, 4, 4);
  private static final Shape WIDE = Shape.of(3, 4, 4);

  /** SiLU. */
  private record Toy(Shape in) implements BodyNode {
    @Override
    public Shape out() {
      return in;
    }

    @Override
    public List<ParameterSpec> parameters() {
      return List.of();
    }

    @Override
    public long flops() {
      return 0;
    }

    @Override
    public Activations activations() {
      return Activations.of(in.length());
    }
  }

  /** Runs it. */
  private static final class ToyLayer implements BodyLayer {
    private final LayerContext context;
    private Tensor input;

    ToyLayer(Toy node, LayerContext context) {
      this.context = context;
    }

    @Override
    public Tensor forward(Tensor x) {
      input = x;
      context.save(x);
      Tensor out = context.memory().allocate(x.shape());
      context.kernels().silu(context.forward(), x, out);
      return out;
    }

    @Override
    public Tensor backward(Tensor dout) {
      context.kernels().siluBackward(context.backward(), input, dout, dout);
      LayerContext.drop(input);
      return dout;
    }
  }

  private static final LayerFactories<LayerContext, BodyLayer> LAYERS =
      Layers.BODY.with(Toy.class, ToyLayer::new);

  private static final NetworkSpec SPEC =
      new NetworkSpec(
          List.of(),
          List.of(
              new Convolution("first", NARROW, 3, 3, 1),
              new Toy(WIDE),
              new Convolution("second", WIDE, 2, 3, 1)));

  private final INDArray values =
      Nd4j.createFromArray(SPEC.initialParameters(1)).castTo(DataType.DOUBLE);
  private final INDArray gradients =
      Nd4j.createUninitializedDetached(DataType.DOUBLE, values.length());

  private LayeredNetwork network(LayerFactories<LayerContext, BodyLayer> layers) {
    return new LayeredNetwork(
        SPEC, values, gradients, BATCH, LayeredNetwork.KernelChoice.NATIVE, 1, true, layers);
  }

  /** Half the squared distance of the output from 1, and its gradient. */
  private static double loss(LayeredNetwork network) {
    network.forward(new double[BATCH], null);
    INDArray error = network.output().sub(1);
    network.outputGradient().assign(error);
    return error.mul(error).sumNumber().doubleValue() / 2;
  }

  @Test
  void aNodeOfItsOwnIsTrained() {
    try (LayeredNetwork network = network(LAYERS)) {
      network.input().assign(Nd4j.linspace(DataType.DOUBLE, -2, 0.06, 64).reshape(2, 2, 4, 4));
      double before = loss(network);
      network.backward();
      double step = 1e-6;
      for (int i = 0; i < values.length(); i += 7) {
        double value = values.getDouble(i);
        values.putScalar(i, value + step);
        double above = loss(network);
        values.putScalar(i, value - step);
        double below = loss(network);
        values.putScalar(i, value);
        assertEquals((above - below) / (2 * step), gradients.getDouble(i), 1e-6 * before, "" + i);
      }
      for (int i = 0; i < 20; i++) {
        loss(network);
        network.backward();
        values.subi(gradients.mul(1e-3));
      }
      assertTrue(loss(network) < before / 2, before + " before, then " + loss(network));
    }
  }

  @Test
  void withoutItsLineTheEngineSaysSo() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> network(Layers.BODY));
    assertEquals("this engine has no layer for Toy[in=[3, 4, 4]]", e.getMessage());
  }
}

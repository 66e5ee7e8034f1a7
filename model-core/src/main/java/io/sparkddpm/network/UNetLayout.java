package io.sparkddpm.network;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.NamedTensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Names, shapes and order of the parameters in the flat vector: the official names in the order in
 * which the network uses them. Tensors are row-major in PyTorch's layout.
 */
public final class UNetLayout {
  /** Weights of layers that start near zero are drawn with this scale; the official value. */
  private static final double NEAR_ZERO = 1e-10;

  private final List<NamedTensor> tensors = new ArrayList<>();
  private long length;

  private UNetLayout(UNetConfig config) {
    int ch = config.channels();
    int te = config.embeddingWidth();
    dense("temb_dense0", ch, te);
    dense("temb_dense1", te, te);
    body(config);
  }

  /** All tensors, without gaps. */
  public static List<NamedTensor> of(UNetConfig config) {
    return List.copyOf(new UNetLayout(config).tensors);
  }

  /** Number of parameters. */
  public static long parameterCount(UNetConfig config) {
    return new UNetLayout(config).length;
  }

  /** Parameters of the time embedding's two dense layers, which come first in the flat vector. */
  public static long embeddingLength(UNetConfig config) {
    long te = config.embeddingWidth();
    return te * config.channels() + te + te * te + te;
  }

  private void body(UNetConfig config) {
    int te = config.embeddingWidth();
    convolution("conv_in", config.inputChannels(), config.channels(), 3);
    UNetPlan plan = UNetPlan.of(config);
    for (UNetPlan.Node node : plan.nodes()) {
      String name = node.name();
      switch (node.kind()) {
        case RESIDUAL -> {
          norm(name + ".norm1", node.in());
          convolution(name + ".conv1", node.in(), node.out(), 3);
          dense(name + ".temb_proj", te, node.out());
          norm(name + ".norm2", node.out());
          convolution(name + ".conv2", node.out(), node.out(), 3);
          if (node.in() != node.out()) {
            convolution(name + ".nin_shortcut", node.in(), node.out(), 1);
          }
        }
        case ATTENTION -> {
          norm(name + ".norm", node.in());
          for (String part : List.of("q", "k", "v", "proj_out")) {
            convolution(name + "." + part, node.in(), node.in(), 1);
          }
        }
        case DOWNSAMPLE, UPSAMPLE -> convolution(name + ".conv", node.in(), node.out(), 3);
        default -> throw new AssertionError(node.kind());
      }
    }
    norm("norm_out", config.channels() * config.multipliers().get(0));
    convolution(
        "conv_out", config.channels() * config.multipliers().get(0), config.outputChannels(), 3);
  }

  private void add(String name, Integer... shape) {
    NamedTensor tensor = new NamedTensor(name, List.of(shape), length);
    tensors.add(tensor);
    length += tensor.length();
  }

  private void dense(String name, int in, int out) {
    add(name + ".weight", out, in);
    add(name + ".bias", out);
  }

  private void convolution(String name, int in, int out, int kernel) {
    add(name + ".weight", out, in, kernel, kernel);
    add(name + ".bias", out);
  }

  private void norm(String name, int channels) {
    add(name + ".weight", channels);
    add(name + ".bias", channels);
  }

  /**
   * The official initialisation: weights uniform with variance 1/((fan in + fan out)/2), those of
   * each residual block's second convolution, each attention's output and the last convolution with
   * a scale of 1e-10; biases 0; GroupNorm's scales 1.
   *
   * @return flat parameters
   */
  public static float[] initialParameters(UNetConfig config, long seed) {
    UNetLayout layout = new UNetLayout(config);
    float[] parameters = new float[Math.toIntExact(layout.length)];
    for (int i = 0; i < layout.tensors.size(); i++) {
      NamedTensor tensor = layout.tensors.get(i);
      int from = Math.toIntExact(tensor.offset());
      int to = from + Math.toIntExact(tensor.length());
      if (tensor.shape().size() == 1) {
        boolean scale = tensor.name().contains("norm") && tensor.name().endsWith(".weight");
        java.util.Arrays.fill(parameters, from, to, scale ? 1f : 0f);
        continue;
      }
      double limit = limit(tensor);
      RandomStream stream = RandomStream.of(seed, Purpose.INIT, i);
      for (int k = from; k < to; k++) {
        parameters[k] = (float) ((2 * stream.nextDouble() - 1) * limit);
      }
    }
    return parameters;
  }

  private static double limit(NamedTensor tensor) {
    List<Integer> shape = tensor.shape();
    double receptive = shape.stream().skip(2).reduce(1, (a, b) -> a * b);
    double fanAverage = (shape.get(0) + shape.get(1)) * receptive / 2;
    String name = tensor.name();
    boolean nearZero =
        name.endsWith(".conv2.weight")
            || name.endsWith(".proj_out.weight")
            || name.equals("conv_out.weight");
    return Math.sqrt(3 * (nearZero ? NEAR_ZERO : 1.0) / fanAverage);
  }
}

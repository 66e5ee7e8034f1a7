package io.sparkddpm.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.network.Attention;
import io.sparkddpm.network.BodyNode;
import io.sparkddpm.network.ClassEmbedding;
import io.sparkddpm.network.Convolution;
import io.sparkddpm.network.Downsample;
import io.sparkddpm.network.EmbeddingNode;
import io.sparkddpm.network.JoinSkip;
import io.sparkddpm.network.KeepSkip;
import io.sparkddpm.network.NetworkSpec;
import io.sparkddpm.network.NormActivation;
import io.sparkddpm.network.ResidualBlock;
import io.sparkddpm.network.TimeEmbedding;
import io.sparkddpm.network.Upsample;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Safetensors;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Networks put together from nodes with several channels a group, several heads and labels, against
 * diffusers' outputs in float64 and against central differences.
 */
class DiffusersGoldenTest {
  private static final int GROUPS = 8;
  private static final int EMBEDDING = 64;

  /** Two levels of 16 and 32 channels, a block each, attention at the lower one. */
  private static final class Nodes {
    private final List<BodyNode> body = new ArrayList<>();
    private final Deque<Shape> skips = new ArrayDeque<>();
    private final int heads;
    private Shape shape;

    Nodes(int size, int heads) {
      this.heads = heads;
      this.shape = Shape.of(3, size, size);
    }

    private void add(BodyNode node) {
      body.add(node);
      shape = node.out();
    }

    private void keep() {
      add(new KeepSkip(shape));
      skips.push(shape);
    }

    private void residual(String name, int channels) {
      add(new ResidualBlock(name, shape, channels, 3, EMBEDDING, GROUPS, 0, 0));
    }

    private void attention(String name) {
      add(new Attention(name, shape, GROUPS, heads));
    }

    private NetworkSpec spec(int outputs, int classes) {
      add(new Convolution("conv_in", shape, 16, 3, 1));
      keep();
      residual("down_0_block_0", 16);
      keep();
      add(new Downsample("down_0_downsample", shape));
      keep();
      residual("down_1_block_0", 32);
      attention("down_1_attn_0");
      keep();
      residual("mid_block_1", 32);
      attention("mid_attn_1");
      residual("mid_block_2", 32);
      for (int block = 0; block < 2; block++) {
        add(new JoinSkip(shape, skips.pop()));
        residual("up_1_block_" + block, 32);
        attention("up_1_attn_" + block);
      }
      add(new Upsample("up_1_upsample", shape));
      for (int block = 0; block < 2; block++) {
        add(new JoinSkip(shape, skips.pop()));
        residual("up_0_block_" + block, 16);
      }
      add(new NormActivation("norm_out", shape, GROUPS));
      add(new Convolution("conv_out", shape, outputs, 3, 1));
      List<EmbeddingNode> embedding = new ArrayList<>(List.of(new TimeEmbedding(16, EMBEDDING)));
      if (classes > 0) {
        embedding.add(new ClassEmbedding(classes, EMBEDDING));
      }
      return new NetworkSpec(embedding, body);
    }
  }

  /** Bounds: the waves are float32, 6e-8; float32 of diffusers itself is within 3.6e-6. */
  @EnabledIfEnvironmentVariable(
      named = "DDPM_TEST_GOLDEN",
      matches = ".+",
      disabledReason = "needs DDPM_TEST_GOLDEN, a folder of numbers from outside")
  @ParameterizedTest
  @CsvSource({
    "classcond, 1, 6, 10, DOUBLE, NATIVE, 2e-6",
    "classcond, 1, 6, 10, FLOAT, VECTOR, 2e-5",
    "head_dim8, 4, 3, 0, DOUBLE, NATIVE, 2e-6",
    "head_dim8, 4, 3, 0, FLOAT, VECTOR, 2e-5"
  })
  void theOutputIsDiffusers(
      String folder,
      int heads,
      int outputs,
      int classes,
      DataType type,
      LayeredNetwork.KernelChoice kernels,
      double tolerance)
      throws IOException {
    Path model = Path.of(System.getenv("DDPM_TEST_GOLDEN"), "diffusers", folder);
    Map<String, NpyArray> golden;
    try (InputStream in = Files.newInputStream(model.resolve("golden.npz"))) {
      golden = Npz.read(in, folder);
    }
    NetworkSpec spec = new Nodes(16, heads).spec(outputs, classes);
    INDArray values = Nd4j.createUninitializedDetached(type, spec.parameterCount());
    Map<String, float[]> weights =
        weights(model.resolve("unet").resolve("diffusion_pytorch_model.safetensors"));
    for (NamedTensor tensor : spec.layout()) {
      float[] data = weights.get(theirName(tensor.name()));
      assertEquals(tensor.length(), data.length, tensor.name());
      for (int i = 0; i < data.length; i++) {
        values.putScalar(tensor.offset() + i, data[i]);
      }
    }
    assertEquals(weights.size(), spec.layout().size());
    double[] levels = golden.get("t").toDoubles();
    try (LayeredNetwork net = new LayeredNetwork(spec, values, null, 2, kernels, 1)) {
      double[] x = golden.get("x").toDoubles();
      INDArray input = net.input().reshape(x.length);
      for (int i = 0; i < x.length; i++) {
        input.putScalar(i, x[i]);
      }
      if (classes > 0) {
        double[] labels = golden.get("labels").toDoubles();
        net.setCondition(Condition.labels((int) labels[0], (int) labels[1]), 0);
      }
      net.forward(levels, null);
      double[] expected = golden.get("y_f64").toDoubles();
      double[] found = net.output().dup().data().asDouble();
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], found[i], tolerance);
      }
    }
  }

  private static String theirName(String name) {
    String their =
        name.replace("temb_dense0", "time_embedding.linear_1")
            .replace("temb_dense1", "time_embedding.linear_2")
            .replace("norm_out", "conv_norm_out")
            .replaceAll("^down_(\\d)", "down_blocks.$1")
            .replaceAll("^up_0", "up_blocks.1")
            .replaceAll("^up_1", "up_blocks.0")
            .replace("mid_block_1", "mid_block.resnets.0")
            .replace("mid_block_2", "mid_block.resnets.1")
            .replace("mid_attn_1", "mid_block.attentions.0")
            .replaceAll("_block_(\\d)", ".resnets.$1")
            .replaceAll("_attn_(\\d)", ".attentions.$1")
            .replace("_downsample", ".downsamplers.0")
            .replace("_upsample", ".upsamplers.0")
            .replace("temb_proj", "time_emb_proj")
            .replace("nin_shortcut", "conv_shortcut");
    return their
        .replaceAll("(attentions.\\d)\\.norm\\.", "$1.group_norm.")
        .replaceAll("(attentions.\\d)\\.([qkv])\\.", "$1.to_$2.")
        .replace("proj_out", "to_out.0");
  }

  private static Map<String, float[]> weights(Path file) throws IOException {
    Safetensors.Content content;
    try (InputStream in = Files.newInputStream(file)) {
      content = Safetensors.read(in, Files.size(file), file.toString());
    }
    Map<String, float[]> weights = new HashMap<>();
    for (NamedTensor tensor : content.layout()) {
      int from = Math.toIntExact(tensor.offset());
      int to = Math.toIntExact(from + tensor.length());
      weights.put(tensor.name(), Arrays.copyOfRange(content.values(), from, to));
    }
    return weights;
  }

  private static final double[] LEVELS = {0, 17.5, 999};

  private static INDArray random(DataType type, long length, int stream, double scale) {
    RandomStream values = RandomStream.of(7, Purpose.INIT, stream);
    double[] data = new double[(int) length];
    for (int i = 0; i < data.length; i++) {
      data[i] = scale * values.nextGaussian();
    }
    return Nd4j.createFromArray(data).castTo(type);
  }

  private static double loss(LayeredNetwork net, INDArray direction) {
    net.forward(LEVELS, null);
    return net.output().dup().reshape(-1).mul(direction).sumNumber().doubleValue();
  }

  private static INDArray gradient(NetworkSpec spec, DataType type, INDArray flat) {
    INDArray gradients = Nd4j.createUninitializedDetached(type, flat.length());
    boolean exact = type == DataType.DOUBLE;
    LayeredNetwork.KernelChoice kernels =
        exact ? LayeredNetwork.KernelChoice.NATIVE : LayeredNetwork.KernelChoice.VECTOR;
    try (LayeredNetwork net = new LayeredNetwork(spec, flat, gradients, 3, kernels, 1)) {
      net.setCondition(Condition.labels(9, 4, Condition.NO_LABEL, 4), 1);
      net.input().assign(random(type, net.input().length(), 2, 1).reshape(net.input().shape()));
      INDArray direction = random(type, net.output().length(), 3, 1);
      loss(net, direction);
      net.outputGradient().assign(direction.reshape(net.output().shape()));
      net.backward();
      for (NamedTensor tensor : exact ? spec.layout() : List.<NamedTensor>of()) {
        long at = tensor.offset() + tensor.length() / 2;
        double value = flat.getDouble(at);
        flat.putScalar(at, value + 1e-6);
        double above = loss(net, direction);
        flat.putScalar(at, value - 1e-6);
        double below = loss(net, direction);
        flat.putScalar(at, value);
        double numeric = (above - below) / 2e-6;
        double bound = 2e-6 * (1 + Math.abs(numeric));
        assertEquals(numeric, gradients.getDouble(at), bound, tensor.name());
      }
    }
    return gradients.castTo(DataType.DOUBLE);
  }

  @Test
  void gradientsOfClassesGroupsAndHeads() {
    int classes = 9; // the middle of the table lies in the vector of class 4, which occurs twice
    NetworkSpec spec = new Nodes(4, 4).spec(2, classes);
    INDArray exact = random(DataType.DOUBLE, spec.parameterCount(), 1, 0.1);
    INDArray gradient = gradient(spec, DataType.DOUBLE, exact);
    INDArray vector = gradient(spec, DataType.FLOAT, exact.castTo(DataType.FLOAT));
    double difference = vector.sub(gradient).norm2Number().doubleValue();
    assertTrue(difference < 5e-6 * gradient.norm2Number().doubleValue(), () -> "" + difference);
    NamedTensor table =
        spec.layout().stream()
            .filter(tensor -> tensor.name().equals("class_embedding.weight"))
            .findFirst()
            .orElseThrow();
    for (long i = 0; i < table.length(); i++) {
      boolean occurs = i / EMBEDDING == 4;
      for (INDArray found : List.of(gradient, vector)) {
        assertEquals(occurs, found.getDouble(table.offset() + i) != 0, "" + i);
      }
    }
  }

  @Test
  void aLabelThatTheNetworkDoesNotKnowIsRefused() {
    NetworkSpec spec = new Nodes(4, 1).spec(3, 2);
    INDArray values = random(DataType.FLOAT, spec.parameterCount(), 1, 0.1);
    try (LayeredNetwork net =
        new LayeredNetwork(spec, values, null, 1, LayeredNetwork.KernelChoice.VECTOR, 1)) {
      Exception refused =
          assertThrows(
              IllegalArgumentException.class, () -> net.setCondition(Condition.labels(2), 0));
      assertEquals("label 2, but the network has 2 classes", refused.getMessage());
    }
  }
}

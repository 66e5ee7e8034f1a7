package io.sparkddpm.statistics.inception;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.statistics.inception.InceptionGraph.Convolution;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.shade.protobuf.ByteString;
import org.tensorflow.framework.AttrValue;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.GraphDef;
import org.tensorflow.framework.NodeDef;
import org.tensorflow.framework.TensorProto;
import org.tensorflow.framework.TensorShapeProto;

class InceptionGraphTest {
  private static final int IN = 3;
  private static final int OUT = 5;
  private static final float EPSILON = 0.3f; // large, so that a forgotten one shows

  private final float[] kernel = random(2 * 3 * IN * OUT, 0);
  private final float[] mean = random(OUT, 1);
  private final float[] variance = positive(random(OUT, 2));
  private final float[] beta = random(OUT, 3);
  private final float[] gamma = random(OUT, 4);

  /** y = (w∗x − mean)/√(variance + ε)·gamma + beta, against the folded w'∗x + b'. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void foldingABatchNormalisationKeepsTheFunction(boolean scaled) {
    Convolution folded = graph(scaled).convolution("c");
    assertEquals(OUT, folded.out());
    assertEquals(IN, folded.in());
    assertEquals(2, folded.height());
    assertEquals(3, folded.width());
    float[] x = random(2 * 3 * IN, 9); // one receptive field, [h, w, in]
    for (int o = 0; o < OUT; o++) {
      double plain = 0;
      double sum = folded.bias()[o];
      for (int h = 0; h < 2; h++) {
        for (int w = 0; w < 3; w++) {
          for (int i = 0; i < IN; i++) {
            int at = (h * 3 + w) * IN + i;
            plain += (double) x[at] * kernel[at * OUT + o];
            sum += (double) x[at] * folded.weights()[((o * IN + i) * 2 + h) * 3 + w];
          }
        }
      }
      double factor = (scaled ? gamma[o] : 1) / Math.sqrt(variance[o] + EPSILON);
      assertEquals((plain - mean[o]) * factor + beta[o], sum, 2e-6, "channel " + o);
    }
  }

  @Test
  void aForeignGraphIsRefusedByTheNodeItLacks() {
    InceptionGraph graph = graph(true);
    UserException e = assertThrows(UserException.class, () -> new OneDnnWeights(graph));
    assertEquals(
        "net.pb: not the Inception-v3 graph of 2015-12-05 (classify_image_graph_def.pb): it has no"
            + " node 'conv/Conv2D'",
        e.getMessage());
    assertFalse(graph.hasPublishedSize());
  }

  @Test
  void aTruncatedFileIsRefused() {
    byte[] whole = bytes(true);
    byte[] half = Arrays.copyOf(whole, whole.length / 2);
    UserException e = assertThrows(UserException.class, () -> InceptionGraph.parse(half, "net.pb"));
    assertTrue(
        e.getMessage()
            .startsWith("net.pb: not a TensorFlow graph, or truncated (" + half.length + " bytes"),
        e.getMessage());
    e = assertThrows(UserException.class, () -> InceptionGraph.parse(new byte[0], "no.pb"));
    assertEquals("no.pb: a TensorFlow graph without nodes (0 bytes)", e.getMessage());
  }

  @Test
  void theHashIsTheFiles() {
    String hash = InceptionGraph.parse(bytes(true), "net.pb").sha256();
    assertTrue(hash.matches("[0-9a-f]{64}"), hash);
    assertFalse(hash.equals(InceptionGraph.parse(bytes(false), "net.pb").sha256()));
  }

  private InceptionGraph graph(boolean scaled) {
    return InceptionGraph.parse(bytes(scaled), "net.pb");
  }

  private byte[] bytes(boolean scaled) {
    AttrValue strides =
        AttrValue.newBuilder()
            .setList(AttrValue.ListValue.newBuilder().addI(1).addI(1).addI(1).addI(1))
            .build();
    NodeDef conv =
        NodeDef.newBuilder()
            .setName("c/Conv2D")
            .setOp("Conv2D")
            .addInput("x")
            .addInput("c/conv2d_params")
            .putAttr("strides", strides)
            .putAttr(
                "padding",
                AttrValue.newBuilder()
                    .setS(ByteString.copyFrom("VALID", StandardCharsets.UTF_8))
                    .build())
            .build();
    NodeDef norm =
        NodeDef.newBuilder()
            .setName("c/batchnorm")
            .setOp("BatchNormWithGlobalNormalization")
            .addInput("^c/control")
            .addInput("c/Conv2D")
            .addInput("m:0")
            .addInput("v")
            .addInput("b")
            .addInput("g")
            .putAttr("variance_epsilon", AttrValue.newBuilder().setF(EPSILON).build())
            .putAttr("scale_after_normalization", AttrValue.newBuilder().setB(scaled).build())
            .build();
    return GraphDef.newBuilder()
        .addNode(conv)
        .addNode(norm)
        .addNode(constant("c/conv2d_params", kernel, 2, 3, IN, OUT))
        .addNode(constant("m", mean, OUT))
        .addNode(constant("v", variance, OUT))
        .addNode(constant("b", beta, OUT))
        .addNode(constant("g", gamma, OUT))
        .build()
        .toByteArray();
  }

  private static NodeDef constant(String name, float[] values, int... shape) {
    ByteBuffer content = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    content.asFloatBuffer().put(values);
    TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
    for (int size : shape) {
      dims.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    TensorProto tensor =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(dims)
            .setTensorContent(ByteString.copyFrom(content.array()))
            .build();
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Const")
        .putAttr("value", AttrValue.newBuilder().setTensor(tensor).build())
        .build();
  }

  private static float[] random(int length, long index) {
    float[] values = new float[length];
    RandomStream.of(20, Purpose.INIT, index).fillGaussian(values, 0, length);
    return values;
  }

  private static float[] positive(float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] * values[i];
    }
    return values;
  }
}

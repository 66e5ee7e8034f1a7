package io.sparkddpm.statistics.inception;

import io.sparkddpm.error.UserException;
import io.sparkddpm.statistics.ExtractorIdentity;
import io.sparkddpm.statistics.ResizeMode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.nd4j.shade.protobuf.InvalidProtocolBufferException;
import org.tensorflow.framework.AttrValue;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.GraphDef;
import org.tensorflow.framework.NodeDef;
import org.tensorflow.framework.TensorProto;

/**
 * The constants of a TensorFlow graph file of the Inception-v3 of 2015-12-05 ({@code
 * classify_image_graph_def.pb}), with each batch normalisation folded into its convolution.
 * Immutable, thread-safe.
 *
 * <p>The file's SHA-256 goes into every result: whether the weights inside are the published ones
 * cannot be seen from the nodes. What can be seen is a size other than the published file's.
 */
public final class InceptionGraph {
  /** Bytes of the published file. */
  public static final long PUBLISHED_SIZE = 95_673_916L;

  /** Values of one constant; the network's largest, the last layer's weights, has half of it. */
  private static final long MOST_VALUES = 1 << 22;

  private static final String NAME = "inception-v3-2015-12-05";

  private final String file;
  private final long size;
  private final String sha256;
  private final Map<String, NodeDef> nodes;

  /**
   * A convolution with bias: y = w∗x + b.
   *
   * @param weights [out, in, height, width]
   * @param same whether it pads so that the size stays (stride 1), else it does not pad at all
   */
  public record Convolution(
      String name,
      float[] weights,
      float[] bias,
      int out,
      int in,
      int height,
      int width,
      int stride,
      boolean same) {

    Convolution withoutValues() {
      return new Convolution(name, null, null, out, in, height, width, stride, same);
    }
  }

  private InceptionGraph(String file, long size, String sha256, Map<String, NodeDef> nodes) {
    this.file = file;
    this.size = size;
    this.sha256 = sha256;
    this.nodes = nodes;
  }

  /**
   * Reads a graph.
   *
   * @param content the whole file
   * @param file its name, for messages
   * @throws UserException if it is not a TensorFlow graph; a missing node is found when asked for
   */
  public static InceptionGraph parse(byte[] content, String file) {
    GraphDef graph;
    try {
      graph = GraphDef.parseFrom(content);
    } catch (InvalidProtocolBufferException e) {
      throw new UserException(
          e,
          "%s: not a TensorFlow graph, or truncated (%d bytes; the published"
              + " classify_image_graph_def.pb has %d): %s",
          file,
          content.length,
          PUBLISHED_SIZE,
          e.getMessage());
    }
    Map<String, NodeDef> nodes = new HashMap<>();
    for (NodeDef node : graph.getNodeList()) {
      nodes.put(node.getName(), node);
    }
    if (nodes.isEmpty()) {
      throw new UserException(
          "%s: a TensorFlow graph without nodes (%d bytes)", file, content.length);
    }
    return new InceptionGraph(file, content.length, sha256(content), nodes);
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Hex SHA-256 of the file. */
  public String sha256() {
    return sha256;
  }

  /** Whether the file has the published one's size; if not, it surely is another. */
  public boolean hasPublishedSize() {
    return size == PUBLISHED_SIZE;
  }

  /**
   * The layers that are the published network's, judged by the file's size and by what its
   * convolutions hold; all of them only for the published file.
   *
   * @throws UserException naming a node that is missing or has another shape
   */
  public Set<InceptionLayer> publishedLayers() {
    return PublishedNetwork.layers(this);
  }

  /** What decides the features of an extractor with this network. */
  public ExtractorIdentity identity(ResizeMode mode) {
    return identity(sha256, mode);
  }

  static ExtractorIdentity identity(String sha256, ResizeMode mode) {
    return new ExtractorIdentity(NAME, sha256, mode.modeName());
  }

  /**
   * Checks that the whole network is there.
   *
   * @throws UserException naming the node that is missing or has another shape
   */
  public void check() {
    InceptionProgram.convolutions(this);
  }

  /** The name that the file was read by. */
  public String file() {
    return file;
  }

  /** Whether pooling node {@code name} takes the maximum; otherwise it takes the mean. */
  boolean isMaxPool(String name) {
    NodeDef node = node(name);
    if (!node.getOp().equals("MaxPool") && !node.getOp().equals("AvgPool")) {
      throw foreign("node '%s' is a %s, not a pooling", name, node.getOp());
    }
    return node.getOp().equals("MaxPool");
  }

  /** Convolution {@code name} with the batch normalisation that follows it folded in. */
  Convolution convolution(String name) {
    NodeDef conv = node(name + "/Conv2D", "Conv2D");
    List<Long> strides = attribute(conv, "strides").getList().getIList();
    String padding = attribute(conv, "padding").getS().toStringUtf8();
    boolean same = padding.equals("SAME");
    if (strides.size() != 4
        || !strides.get(1).equals(strides.get(2))
        || strides.get(0) != 1
        || strides.get(3) != 1) {
      throw foreign("node '%s' has strides %s", conv.getName(), strides);
    }
    if (strides.get(1) < 1 || strides.get(1) > 2) {
      throw foreign("node '%s' has stride %d, not 1 or 2", conv.getName(), strides.get(1));
    }
    int stride = strides.get(1).intValue();
    if (!(same && stride == 1) && !padding.equals("VALID")) {
      throw foreign("node '%s' has padding %s with stride %d", conv.getName(), padding, stride);
    }
    Tensor kernel = constant(input(conv, 1));
    if (kernel.shape.length != 4) {
      throw foreign("node '%s' has %d dimensions, not 4", input(conv, 1), kernel.shape.length);
    }
    NodeDef norm = node(name + "/batchnorm", "BatchNormWithGlobalNormalization");
    int out = kernel.shape[3];
    float[] mean = vector(input(norm, 1), out);
    float[] variance = vector(input(norm, 2), out);
    float[] beta = vector(input(norm, 3), out);
    float[] gamma = vector(input(norm, 4), out);
    float epsilon = attribute(norm, "variance_epsilon").getF();
    boolean scale = attribute(norm, "scale_after_normalization").getB();
    float[] bias = new float[out];
    double[] factor = new double[out];
    for (int o = 0; o < out; o++) {
      float spread = variance[o] + epsilon; // in float, as the original runs
      if (!(spread > 0)) {
        throw foreign("'%s' has variance %s in channel %d", norm.getName(), variance[o], o);
      }
      factor[o] = (scale ? gamma[o] : 1.0) / Math.sqrt(spread);
      bias[o] = (float) (beta[o] - mean[o] * factor[o]);
    }
    return new Convolution(
        name,
        transpose(kernel, factor),
        bias,
        out,
        kernel.shape[2],
        kernel.shape[0],
        kernel.shape[1],
        stride,
        same);
  }

  /** The last, fully connected layer as a 1×1 convolution [1008, 2048, 1, 1]. */
  Convolution logits() {
    Tensor kernel = constant("softmax/weights");
    if (kernel.shape.length != 2) {
      throw foreign("'softmax/weights' has %d dimensions, not 2", kernel.shape.length);
    }
    int in = kernel.shape[0];
    int out = kernel.shape[1];
    double[] ones = new double[out];
    Arrays.fill(ones, 1.0);
    float[] weights = transpose(new Tensor(new int[] {1, 1, in, out}, kernel.values), ones);
    return new Convolution(
        "logits", weights, vector("softmax/biases", out), out, in, 1, 1, 1, false);
  }

  /** [h, w, in, out] to [out, in, h, w], times a factor for each output channel. */
  private static float[] transpose(Tensor kernel, double[] factor) {
    int height = kernel.shape[0];
    int width = kernel.shape[1];
    int in = kernel.shape[2];
    int out = kernel.shape[3];
    float[] result = new float[kernel.values.length];
    int from = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int i = 0; i < in; i++) {
          for (int o = 0; o < out; o++) {
            result[((o * in + i) * height + y) * width + x] =
                (float) (kernel.values[from++] * factor[o]);
          }
        }
      }
    }
    return result;
  }

  private record Tensor(int[] shape, float[] values) {}

  private float[] vector(String name, int length) {
    Tensor tensor = constant(name);
    if (tensor.shape.length != 1 || tensor.shape[0] != length) {
      throw foreign(
          "'%s' has shape %s, expected [%d]", name, Arrays.toString(tensor.shape), length);
    }
    return tensor.values;
  }

  private Tensor constant(String name) {
    NodeDef node = node(name, "Const");
    TensorProto proto = attribute(node, "value").getTensor();
    if (proto.getDtype() != DataType.DT_FLOAT) {
      throw foreign("'%s' is of type %s, not DT_FLOAT", name, proto.getDtype());
    }
    int rank = proto.getTensorShape().getDimCount();
    int[] shape = new int[rank];
    long length = 1;
    for (int i = 0; i < rank; i++) {
      long size = proto.getTensorShape().getDim(i).getSize();
      if (size < 1 || size > MOST_VALUES || length * size > MOST_VALUES) {
        throw foreign("'%s' has a dimension of %d, and at most %d values", name, size, MOST_VALUES);
      }
      shape[i] = (int) size;
      length *= size;
    }
    return new Tensor(shape, values(name, proto, (int) length));
  }

  private float[] values(String name, TensorProto proto, int length) {
    float[] values = new float[length];
    ByteBuffer content =
        proto.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    int listed = proto.getFloatValCount();
    if (content.remaining() == 4L * length && length > 0) {
      FloatBuffer floats = content.asFloatBuffer();
      floats.get(values);
    } else if (content.remaining() == 0 && listed >= 1 && listed <= length) {
      // A shorter list repeats its last value, as TensorFlow reads it.
      for (int i = 0; i < length; i++) {
        values[i] = proto.getFloatVal(Math.min(i, listed - 1));
      }
    } else {
      throw foreign("'%s' holds %d bytes for %d floats", name, content.remaining(), length);
    }
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw foreign("'%s' holds the value %s", name, value);
      }
    }
    return values;
  }

  private static String input(NodeDef node, int index) {
    List<String> data = new ArrayList<>();
    for (String input : node.getInputList()) {
      if (!input.startsWith("^")) {
        data.add(input.endsWith(":0") ? input.substring(0, input.length() - 2) : input);
      }
    }
    return index < data.size() ? data.get(index) : "input " + index + " of " + node.getName();
  }

  private AttrValue attribute(NodeDef node, String key) {
    AttrValue value = node.getAttrMap().get(key);
    if (value == null) {
      throw foreign("node '%s' has no attribute '%s'", node.getName(), key);
    }
    return value;
  }

  private NodeDef node(String name, String op) {
    NodeDef node = node(name);
    if (!node.getOp().equals(op)) {
      throw foreign("node '%s' is a %s, not a %s", name, node.getOp(), op);
    }
    return node;
  }

  private NodeDef node(String name) {
    NodeDef node = nodes.get(name);
    if (node == null) {
      throw foreign("it has no node '%s'", name);
    }
    return node;
  }

  /** The file is a graph, but not the one expected. */
  UserException foreign(String format, Object... args) {
    return new UserException(
        "%s: not the Inception-v3 graph of 2015-12-05 (classify_image_graph_def.pb): %s",
        file, String.format(Locale.ROOT, format, args));
  }
}

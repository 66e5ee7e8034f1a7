package io.sparkddpm.dl4j;

import io.sparkddpm.layers.LayeredNetwork;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.BaseGraphVertex;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The U-Net's body as one vertex of a DL4J graph: inputs x_t and the time embedding, output the
 * prediction; parameters and gradients are views of the graph's.
 */
final class UNetVertex extends BaseGraphVertex {
  private static final long serialVersionUID = 1L;

  /** The vertex' one parameter: all of the network but the time embedding. */
  static final String PARAMETERS = "parameters";

  private final UNetVertexConf conf;
  private final INDArray parameters;
  private INDArray gradients;
  private transient LayeredNetwork network;
  private transient boolean networkTrains;
  private transient long passes;

  UNetVertex(
      ComputationGraph graph,
      String name,
      int index,
      UNetVertexConf conf,
      INDArray parameters,
      DataType type) {
    super(graph, name, index, null, null, type);
    this.conf = conf;
    this.parameters = parameters;
  }

  @Override
  public boolean hasLayer() {
    return false;
  }

  @Override
  public org.deeplearning4j.nn.api.Layer getLayer() {
    return null;
  }

  private LayeredNetwork network(int batch, boolean training) {
    boolean fits = network != null && network.batch() == batch && networkTrains == training;
    if (!fits) {
      if (network != null) {
        network.close();
      }
      INDArray flatGradients = training ? gradients.reshape(gradients.length()) : null;
      network =
          LayeredNetwork.withoutEmbedding(
              conf.network().spec(),
              parameters.reshape(parameters.length()),
              flatGradients,
              batch,
              LayeredNetwork.KernelChoice.NATIVE,
              1);
      networkTrains = training;
    }
    return network;
  }

  @Override
  public INDArray doForward(boolean training, LayerWorkspaceMgr workspaces) {
    INDArray x = inputs[0];
    int batch = (int) x.size(0);
    LayeredNetwork net = network(batch, training && gradients != null);
    net.input().assign(x);
    net.embedding().assign(inputs[1]);
    net.forward(dropoutKeys(batch));
    return workspaces.dup(ArrayType.ACTIVATIONS, net.output());
  }

  /** DL4J has no name for an example, so masks are keyed by the pass and the place in it. */
  private long[] dropoutKeys(int batch) {
    long[] keys = new long[batch];
    for (int i = 0; i < batch; i++) {
      keys[i] = RandomStream.of(conf.getSeed(), Purpose.DROPOUT, passes, i).nextLong();
    }
    passes++;
    return keys;
  }

  @Override
  public Pair<Gradient, INDArray[]> doBackward(boolean tbptt, LayerWorkspaceMgr workspaces) {
    network.outputGradient().assign(epsilon);
    network.backward();
    Gradient gradient = new DefaultGradient(gradients);
    gradient.setGradientFor(PARAMETERS, gradients);
    INDArray dx = workspaces.dup(ArrayType.ACTIVATION_GRAD, network.inputGradient());
    INDArray dembedding = workspaces.dup(ArrayType.ACTIVATION_GRAD, network.embeddingGradient());
    return new Pair<>(gradient, new INDArray[] {dx, dembedding});
  }

  @Override
  public void setBackpropGradientsViewArray(INDArray view) {
    gradients = view;
    if (network != null) {
      network.close();
      network = null;
    }
  }

  @Override
  public Pair<INDArray, MaskState> feedForwardMaskArrays(
      INDArray[] masks, MaskState state, int minibatch) {
    return new Pair<>(null, state);
  }

  @Override
  public TrainingConfig getConfig() {
    return conf;
  }

  @Override
  public long numParams() {
    return parameters.length();
  }

  @Override
  public INDArray params() {
    return parameters;
  }

  @Override
  public INDArray getGradientsViewArray() {
    return gradients;
  }

  @Override
  public Map<String, INDArray> paramTable(boolean backpropOnly) {
    Map<String, INDArray> table = new LinkedHashMap<>();
    table.put(PARAMETERS, parameters);
    return table;
  }

  @Override
  public boolean updaterDivideByMinibatch(String name) {
    return true;
  }

  @Override
  public String toString() {
    return "UNetVertex(" + conf.network() + ", inputs " + Arrays.toString(getInputVertices()) + ")";
  }
}

package io.sparkddpm.dl4j;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.memory.Floats;
import io.sparkddpm.network.NetworkSpec;
import io.sparkddpm.network.UNetConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * DL4J's description of {@link UNetVertex}: a bean, as DL4J's JSON wants it. The network's shape is
 * what {@link #network} says.
 */
public final class UNetVertexConf extends GraphVertex implements TrainingConfig {
  private static final long serialVersionUID = 1L;

  private int imageSize;
  private int inputChannels;
  private int outputChannels;
  private int channels;
  private List<Integer> multipliers;
  private int blocks;
  private List<Integer> attention;
  private double dropout;
  private long seed;
  private IUpdater updater = new Sgd(1.0);

  /** For DL4J's JSON reader only. */
  public UNetVertexConf() {}

  /**
   * @param seed of the initial parameters and the dropout masks
   * @param updater what DL4J's own training loop applies
   * @throws IllegalArgumentException if the network has classes, several attention heads or other
   *     than 32 groups, which the bean does not hold
   */
  public UNetVertexConf(UNetConfig network, long seed, IUpdater updater) {
    this.imageSize = network.imageSize();
    this.inputChannels = network.inputChannels();
    this.outputChannels = network.outputChannels();
    this.channels = network.channels();
    this.multipliers = network.multipliers();
    this.blocks = network.blocks();
    this.attention = network.attention();
    this.dropout = network.dropout();
    this.seed = seed;
    this.updater = updater;
    checkArgument(
        network().equals(network),
        "DL4J's graph takes neither classes nor head channels nor separate times nor other groups"
            + " than %s, got %s",
        network().groups(),
        network);
  }

  UNetConfig network() {
    return new UNetConfig(
        imageSize,
        inputChannels,
        outputChannels,
        channels,
        multipliers,
        blocks,
        attention,
        dropout);
  }

  @Override
  public GraphVertex clone() {
    return new UNetVertexConf(network(), seed, updater);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof UNetVertexConf other
        && network().equals(other.network())
        && seed == other.seed
        && Objects.equals(updater, other.updater);
  }

  @Override
  public int hashCode() {
    return Objects.hash(network(), seed);
  }

  @Override
  public long numParams(boolean backprop) {
    NetworkSpec spec = network().spec();
    return spec.parameterCount() - spec.embeddingParameterCount();
  }

  @Override
  public int minVertexInputs() {
    return 2;
  }

  @Override
  public int maxVertexInputs() {
    return 2;
  }

  @Override
  public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
      ComputationGraph graph,
      String name,
      int index,
      INDArray parameters,
      boolean initialize,
      DataType type) {
    if (initialize) {
      NetworkSpec spec = network().spec();
      float[] all = spec.initialParameters(seed);
      int skipped = Math.toIntExact(spec.embeddingParameterCount());
      float[] body = Arrays.copyOfRange(all, skipped, all.length);
      Floats.copy(body, parameters);
    }
    return new UNetVertex(graph, name, index, this, parameters, type);
  }

  @Override
  public InputType getOutputType(int index, InputType... inputs) {
    return InputType.convolutional(imageSize, imageSize, outputChannels);
  }

  @Override
  public MemoryReport getMemoryReport(InputType... inputs) {
    return new LayerMemoryReport.Builder(
            "unet", UNetVertexConf.class, inputs[0], getOutputType(0, inputs))
        .standardMemory(numParams(true), 2 * numParams(true))
        .build();
  }

  @Override
  public String getLayerName() {
    return "unet";
  }

  @Override
  public List<Regularization> getRegularizationByParam(String name) {
    return List.of();
  }

  @Override
  public boolean isPretrainParam(String name) {
    return false;
  }

  @Override
  public IUpdater getUpdaterByParam(String name) {
    return updater;
  }

  @Override
  public GradientNormalization getGradientNormalization() {
    return GradientNormalization.None;
  }

  @Override
  public double getGradientNormalizationThreshold() {
    return 0;
  }

  @Override
  public void setDataType(DataType type) {}

  // Properties of the bean.

  public int getImageSize() {
    return imageSize;
  }

  public void setImageSize(int imageSize) {
    this.imageSize = imageSize;
  }

  public int getInputChannels() {
    return inputChannels;
  }

  public void setInputChannels(int inputChannels) {
    this.inputChannels = inputChannels;
  }

  public int getOutputChannels() {
    return outputChannels;
  }

  public void setOutputChannels(int outputChannels) {
    this.outputChannels = outputChannels;
  }

  public int getChannels() {
    return channels;
  }

  public void setChannels(int channels) {
    this.channels = channels;
  }

  public List<Integer> getMultipliers() {
    return multipliers;
  }

  public void setMultipliers(List<Integer> multipliers) {
    this.multipliers = List.copyOf(multipliers);
  }

  public int getBlocks() {
    return blocks;
  }

  public void setBlocks(int blocks) {
    this.blocks = blocks;
  }

  public List<Integer> getAttention() {
    return attention;
  }

  public void setAttention(List<Integer> attention) {
    this.attention = List.copyOf(attention);
  }

  public double getDropout() {
    return dropout;
  }

  public void setDropout(double dropout) {
    this.dropout = dropout;
  }

  public long getSeed() {
    return seed;
  }

  public void setSeed(long seed) {
    this.seed = seed;
  }

  public IUpdater getUpdater() {
    return updater;
  }

  public void setUpdater(IUpdater updater) {
    this.updater = updater;
  }
}

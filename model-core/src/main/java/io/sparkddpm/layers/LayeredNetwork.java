package io.sparkddpm.layers;

import static io.sparkddpm.error.Checks.checkArgument;
import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.kernels.Kernels;
import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.kernels.NativeKernels;
import io.sparkddpm.kernels.Profile;
import io.sparkddpm.kernels.Program;
import io.sparkddpm.kernels.Threads;
import io.sparkddpm.kernels.VectorKernels;
import io.sparkddpm.memory.MemoryPlan;
import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.LayerFactories;
import io.sparkddpm.network.NetworkSpec;
import io.sparkddpm.tensor.Shape;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The layers of a network for one batch size, over flat parameters that the caller owns: laid out
 * once, run many times without allocating. One thread at a time.
 */
public final class LayeredNetwork implements AutoCloseable {
  private final int batch;
  private final boolean training;
  private final MemoryPlan memory = new MemoryPlan();
  private final Program forward = new Program();
  private final Program backward = new Program();
  private final int threads;
  private final PassInputs inputs;
  private final Tensor x;
  private final boolean embeds;
  private final Tensor embedding;
  private final Tensor embeddingGradient;
  private final Tensor output;
  private final Tensor outputGradient;
  private final Tensor inputGradient;
  private Profile profile = new Profile();

  /** Which kernels stand between the convolutions. */
  public enum KernelChoice {
    /** ND4J's native operations: any type, any device. */
    NATIVE,
    /** The JVM's vector unit: float32 on the CPU. */
    VECTOR
  }

  /**
   * Lays the network out.
   *
   * @param values flat parameters in the order of the network's layout, rank 1
   * @param gradients receives the gradient in the same order, or null for inference only, in which
   *     dropout is off
   * @param batch number of items per pass
   * @param threads of the native operations; what runs on the JVM has one
   */
  public LayeredNetwork(
      NetworkSpec spec,
      INDArray values,
      INDArray gradients,
      int batch,
      KernelChoice choice,
      int threads) {
    this(spec, values, gradients, batch, choice, threads, true, Layers.BODY);
  }

  /**
   * The body alone, with the embedding from outside, see {@link #embedding}; {@code values} and
   * {@code gradients} begin with the body's first parameter.
   */
  public static LayeredNetwork withoutEmbedding(
      NetworkSpec spec,
      INDArray values,
      INDArray gradients,
      int batch,
      KernelChoice choice,
      int threads) {
    return new LayeredNetwork(spec, values, gradients, batch, choice, threads, false, Layers.BODY);
  }

  /**
   * Lays the network out.
   *
   * @param embeds whether it computes its own embedding
   * @param layers which layer runs which node of the body
   */
  LayeredNetwork(
      NetworkSpec spec,
      INDArray values,
      INDArray gradients,
      int batch,
      KernelChoice choice,
      int threads,
      boolean embeds,
      LayerFactories<LayerContext, BodyLayer> layers) {
    long skipped = embeds ? 0 : spec.embeddingParameterCount();
    long count = spec.parameterCount() - skipped;
    checkArgument(
        values.length() == count, "values must have length %s, got %s", count, values.length());
    checkArgument(
        gradients == null || gradients.length() == count,
        "gradients must have length %s, got %s",
        count,
        gradients == null ? 0 : gradients.length());
    checkArgument(batch >= 1, "batch must be at least 1, got %s", batch);
    DataType type = values.dataType();
    checkArgument(
        choice == KernelChoice.NATIVE || type == DataType.FLOAT,
        "the vector kernels are float32 only, got %s",
        type);
    this.batch = batch;
    this.training = gradients != null;
    this.threads = threads;
    this.embeds = embeds;
    this.inputs = new PassInputs(batch);
    Kernels kernels =
        choice == KernelChoice.VECTOR ? new VectorKernels(memory) : new NativeKernels(memory, type);
    Parameters parameters =
        new Parameters(
            spec.layout(),
            values.data(),
            values.offset() - skipped,
            training ? gradients.data() : null,
            training ? gradients.offset() - skipped : 0);
    LayerContext context =
        new LayerContext(
            memory,
            kernels,
            parameters,
            forward,
            backward,
            training,
            inputs,
            new ArrayDeque<>(),
            new ArrayDeque<>(),
            null);

    x = memory.allocate(batched(spec.inputShape()));
    List<EmbeddingLayer> embeddingLayers =
        embeds
            ? spec.embedding().stream().map(node -> Layers.EMBEDDING.layer(node, context)).toList()
            : List.of();
    boolean reads = spec.embeddingWidth() > 0;
    embedding = reads ? embed(embeddingLayers, spec.embeddingWidth(), kernels) : null;
    EmbeddingSignal signal = reads ? new EmbeddingSignal(context, embedding) : null;
    LayerContext reading = context.withEmbedding(signal);
    List<BodyLayer> body = spec.body().stream().map(node -> layers.layer(node, reading)).toList();
    output = forward(body);
    if (training) {
      outputGradient = memory.allocate(output.shape());
      inputGradient = backward(body);
      embeddingGradient = reads ? signal.backward() : null;
      for (int i = embeddingLayers.size() - 1; i >= 0; i--) {
        embeddingLayers.get(i).backward(embeddingGradient.retain());
      }
    } else {
      outputGradient = null;
      inputGradient = null;
      embeddingGradient = null;
    }
    memory.bind(type);
    forward.bind();
    backward.bind();
  }

  private long[] batched(Shape shape) {
    return LongStream.concat(LongStream.of(batch), Arrays.stream(shape.dims()).asLongStream())
        .toArray();
  }

  /** The sum of what the layers give; without layers what somebody else fills in. */
  private Tensor embed(List<EmbeddingLayer> layers, int width, Kernels kernels) {
    if (layers.isEmpty()) {
      return memory.allocate(batch, width);
    }
    Tensor sum = layers.get(0).forward();
    for (EmbeddingLayer layer : layers.subList(1, layers.size())) {
      Tensor part = layer.forward();
      kernels.addInPlace(forward, part, sum);
      part.release();
    }
    return sum;
  }

  private Tensor forward(List<BodyLayer> body) {
    Tensor h = x.retain();
    for (BodyLayer layer : body) {
      Tensor next = layer.forward(h);
      h.release();
      h = next;
    }
    return h;
  }

  /** Returns the gradient by the input. */
  private Tensor backward(List<BodyLayer> body) {
    Tensor dh = outputGradient.retain();
    for (int i = body.size() - 1; i >= 0; i--) {
      dh = body.get(i).backward(dh);
    }
    return dh;
  }

  /** Number of items per pass. */
  public int batch() {
    return batch;
  }

  /** Fills {@link #input} from {@code from}, beginning at {@code offset}. */
  public void setInput(float[] from, int offset) {
    x.set(from, offset);
  }

  /**
   * Sets what the next passes are conditioned on; nothing at first.
   *
   * @param condition of at least as many items as there are in a pass
   * @param first of them
   */
  public void setCondition(Condition condition, int first) {
    inputs.setCondition(condition, first);
  }

  /** Copies {@link #output} to {@code to}, beginning at {@code offset}. */
  public void getOutput(float[] to, int offset) {
    output.get(to, offset);
  }

  /** Copies {@link #inputGradient} to {@code to}, beginning at {@code offset}. */
  public void getInputGradient(float[] to, int offset) {
    checkState(training, "this network was laid out for inference only");
    inputGradient.get(to, offset);
  }

  /** Fills {@link #outputGradient} from {@code from}, beginning at {@code offset}. */
  public void setOutputGradient(float[] from, int offset) {
    checkState(training, "this network was laid out for inference only");
    outputGradient.set(from, offset);
  }

  /** x_t, [N, C, H, W]: to be filled before {@link #forward}. */
  public INDArray input() {
    return x.array();
  }

  /** The prediction, [N, C, H, W], after {@link #forward}; overwritten by the next. */
  public INDArray output() {
    return output.array();
  }

  /** Gradient of the loss by the output: to be filled before {@link #backward}. */
  public INDArray outputGradient() {
    checkState(training, "this network was laid out for inference only");
    return outputGradient.array();
  }

  /** Gradient of the loss by x_t, after {@link #backward}. */
  public INDArray inputGradient() {
    checkState(training, "this network was laid out for inference only");
    return inputGradient.array();
  }

  /** The embedding [N, width], to be filled from outside. */
  public INDArray embedding() {
    checkState(!embeds, "this network computes its own embedding");
    return embedding.array();
  }

  /** Gradient of the loss by {@link #embedding}, after {@link #backward}. */
  public INDArray embeddingGradient() {
    checkState(!embeds, "this network computes its own embedding");
    return embeddingGradient.array();
  }

  /** Native memory of the activations, in bytes. */
  public long activationBytes() {
    return memory.elements() * x.array().dataType().width();
  }

  /**
   * Runs the forward pass on {@link #input}.
   *
   * @param levels zero-based timestep of each item, which need not be whole
   * @param keys a key per item for its dropout masks; may be null for a network without dropout or
   *     for inference
   */
  public void forward(double[] levels, long[] keys) {
    inputs.setLevels(levels);
    forward(keys);
  }

  /** Runs the backward pass on {@link #outputGradient}, after {@link #forward}. */
  public void backward() {
    checkState(training, "this network was laid out for inference only");
    Threads.forNativeCode(threads);
    backward.run(profile);
  }

  /** From now on adds each call's time to {@code target}. */
  public void profile(Profile target) {
    profile = target;
  }

  /**
   * Runs the calls of one kind only, forward and, if laid out for training, backward: what the rest
   * of the pass is measured against. The results mean nothing.
   */
  public void runOnly(LayerKind kind) {
    Threads.forNativeCode(threads);
    forward.runOnly(kind);
    if (training) {
      backward.runOnly(kind);
    }
  }

  /** Runs the forward pass on {@link #input} and {@link #embedding}. */
  public void forward(long[] keys) {
    inputs.setDropoutKeys(keys);
    Threads.forNativeCode(threads);
    forward.run(profile);
  }

  @Override
  public void close() {
    memory.close();
  }
}

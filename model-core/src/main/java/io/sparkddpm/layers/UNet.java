package io.sparkddpm.layers;

import static io.sparkddpm.error.Checks.checkArgument;
import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.kernels.Kernels;
import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.kernels.NativeKernels;
import io.sparkddpm.kernels.Profile;
import io.sparkddpm.kernels.Program;
import io.sparkddpm.kernels.Threads;
import io.sparkddpm.kernels.VectorKernels;
import io.sparkddpm.memory.MemoryPlan;
import io.sparkddpm.memory.Tensor;
import io.sparkddpm.network.UNetConfig;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The U-Net of Ho et al. 2020 for one batch size, over flat parameters that the caller owns: laid
 * out once, run many times without allocating. One thread at a time.
 */
public final class UNet implements AutoCloseable {
  private final UNetConfig config;
  private final int batch;
  private final boolean training;
  private final MemoryPlan memory = new MemoryPlan();
  private final Program forward = new Program();
  private final Program backward = new Program();
  private final int threads;
  private final Tensor x;
  private final Tensor sinusoids;
  private final Tensor embedding;
  private final Tensor embeddingGradient;
  private final Tensor output;
  private final Tensor outputGradient;
  private final Tensor inputGradient;
  private final long[] dropoutKeys;
  private final float[] sinusoidRows;
  private final double[] previousLevels;
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
   * @param batch number of images per pass
   * @param threads of the native operations; what runs on the JVM has one
   */
  public UNet(
      UNetConfig config,
      INDArray values,
      INDArray gradients,
      int batch,
      KernelChoice choice,
      int threads) {
    this(config, values, gradients, batch, choice, threads, true);
  }

  /**
   * Everything but the time embedding, which {@link #embedding} takes from outside; {@code values}
   * and {@code gradients} begin with the first convolution.
   */
  static UNet withoutTimeEmbedding(
      UNetConfig config,
      INDArray values,
      INDArray gradients,
      int batch,
      KernelChoice choice,
      int threads) {
    return new UNet(config, values, gradients, batch, choice, threads, false);
  }

  private UNet(
      UNetConfig config,
      INDArray values,
      INDArray gradients,
      int batch,
      KernelChoice choice,
      int threads,
      boolean embeds) {
    long skipped = embeds ? 0 : config.spec().embeddingParameterCount();
    long count = config.spec().parameterCount() - skipped;
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
    this.config = config;
    this.batch = batch;
    this.training = gradients != null;
    this.threads = threads;
    this.dropoutKeys = new long[batch];
    this.sinusoidRows = new float[batch * config.channels()];
    this.previousLevels = new double[batch];
    Arrays.fill(previousLevels, -1);
    Kernels kernels =
        choice == KernelChoice.VECTOR ? new VectorKernels(memory) : new NativeKernels(memory, type);
    Parameters parameters =
        new Parameters(
            config.spec().layout(),
            values.data(),
            values.offset() - skipped,
            training ? gradients.data() : null,
            training ? gradients.offset() - skipped : 0);
    LayerContext build =
        new LayerContext(memory, kernels, parameters, forward, backward, training, dropoutKeys);

    x = memory.allocate(batch, config.inputChannels(), config.imageSize(), config.imageSize());
    TimeEmbedding time = embeds ? new TimeEmbedding(build) : null;
    sinusoids = embeds ? memory.allocate(batch, config.channels()) : null;
    embedding = embeds ? time.forward(sinusoids) : memory.allocate(batch, config.embeddingWidth());
    UNetBody body = new UNetBody(build, config, embedding);
    output = body.forward(x);
    if (training) {
      outputGradient = memory.allocate(output.shape());
      UNetBody.Gradients back = body.backward(outputGradient);
      inputGradient = back.x();
      embeddingGradient = back.embedding();
      if (embeds) {
        time.backward(embeddingGradient);
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

  public UNetConfig config() {
    return config;
  }

  /** Number of images per pass. */
  public int batch() {
    return batch;
  }

  /** Fills {@link #input} from {@code from}, beginning at {@code offset}. */
  public void setInput(float[] from, int offset) {
    x.set(from, offset);
  }

  /** Copies {@link #output} to {@code to}, beginning at {@code offset}. */
  public void getOutput(float[] to, int offset) {
    output.get(to, offset);
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

  /** The time embedding [N, 4·channels], to be filled from outside. */
  INDArray embedding() {
    checkState(sinusoids == null, "this network computes its own time embedding");
    return embedding.array();
  }

  /** Gradient of the loss by {@link #embedding}, after {@link #backward}. */
  INDArray embeddingGradient() {
    checkState(sinusoids == null, "this network computes its own time embedding");
    return embeddingGradient.array();
  }

  /** Native memory of the activations, in bytes. */
  public long activationBytes() {
    return memory.elements() * x.array().dataType().width();
  }

  /**
   * Runs the forward pass on {@link #input}.
   *
   * @param levels zero-based timestep of each image, which need not be whole
   * @param keys a key per image for its dropout masks; may be null for a network without dropout or
   *     for inference
   */
  public void forward(double[] levels, long[] keys) {
    prepare(levels, keys);
    Threads.forNativeCode(threads);
    forward.run(profile);
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
  void forward(long[] keys) {
    takeKeys(keys);
    Threads.forNativeCode(threads);
    forward.run(profile);
  }

  private void prepare(double[] levels, long[] keys) {
    takeKeys(keys);
    checkArgument(levels.length == batch, "need %s timesteps, got %s", batch, levels.length);
    if (!Arrays.equals(levels, previousLevels)) {
      int width = config.channels();
      for (int n = 0; n < batch; n++) {
        TimeEmbedding.sinusoid(levels[n], width, sinusoidRows, n * width);
      }
      System.arraycopy(levels, 0, previousLevels, 0, batch);
      sinusoids.set(sinusoidRows, 0);
    }
  }

  private void takeKeys(long[] keys) {
    boolean needsKeys = training && config.dropout() > 0;
    checkArgument(
        !needsKeys || (keys != null && keys.length == batch),
        "need %s dropout keys, got %s",
        batch,
        keys == null ? 0 : keys.length);
    if (needsKeys) {
      System.arraycopy(keys, 0, dropoutKeys, 0, batch);
    }
  }

  @Override
  public void close() {
    memory.close();
  }
}

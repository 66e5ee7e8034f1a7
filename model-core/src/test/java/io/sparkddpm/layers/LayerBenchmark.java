package io.sparkddpm.layers;

import io.sparkddpm.kernels.Dropout;
import io.sparkddpm.kernels.Kernels;
import io.sparkddpm.kernels.NativeKernels;
import io.sparkddpm.kernels.Profile;
import io.sparkddpm.kernels.Program;
import io.sparkddpm.kernels.VectorKernels;
import io.sparkddpm.memory.MemoryPlan;
import io.sparkddpm.memory.Tensor;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Each kind of layer by itself, on one thread: forward and backward of a map [batch, channels,
 * size, size]. {@code kernels} compares the vector kernels with ND4J's operations.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LayerBenchmark {
  private static final int GROUPS = 32;

  /** What is measured. */
  public enum Layer {
    CONVOLUTION_3X3,
    CONVOLUTION_1X1,
    NORM_SILU_DROPOUT,
    ATTENTION_WEIGHTS,
    UPSAMPLE,
    ADD
  }

  @Param({"VECTOR", "NATIVE"})
  private LayeredNetwork.KernelChoice kernels;

  @Param private Layer layer;

  @Param({"8"})
  private int batch;

  @Param({"32", "128"})
  private int channels;

  @Param({"32", "16"})
  private int size;

  private final MemoryPlan memory = new MemoryPlan();
  private final Program forward = new Program();
  private final Program backward = new Program();
  private final Profile profile = new Profile();

  @Setup
  public void layOut() {
    Kernels all =
        kernels == LayeredNetwork.KernelChoice.VECTOR
            ? new VectorKernels(memory)
            : new NativeKernels(memory, DataType.FLOAT);
    Tensor x = memory.allocate(batch, channels, size, size);
    Tensor out = memory.allocate(x.shape());
    Tensor dx = memory.allocate(x.shape());
    switch (layer) {
      case CONVOLUTION_3X3 -> convolution(all, x, out, dx, 3);
      case CONVOLUTION_1X1 -> convolution(all, x, out, dx, 1);
      case NORM_SILU_DROPOUT -> {
        Tensor scale = memory.allocate(channels);
        Tensor statistics = memory.allocate(batch, 2 * GROUPS);
        Dropout dropout = new Dropout(0.1, 0, new long[batch]);
        Kernels.Norm norm =
            new Kernels.Norm(x, null, GROUPS, scale, scale, statistics, true, dropout);
        Tensor dscale = memory.allocate(channels);
        all.normForward(forward, norm, out);
        all.normBackward(backward, norm, out, dx, null, dscale, dscale, null);
      }
      case ATTENTION_WEIGHTS -> {
        int pixels = size * size;
        Tensor weights = memory.allocate(batch, pixels, pixels);
        Tensor dweights = memory.allocate(batch, pixels, pixels);
        all.product(forward, x, true, x, false, weights);
        all.softmax(forward, weights, 0.1, weights);
        all.product(backward, x, true, out, false, dweights);
        all.softmaxBackward(backward, weights, dweights, 0.1, dweights);
      }
      case UPSAMPLE -> {
        Tensor large = memory.allocate(batch, channels, 2 * size, 2 * size);
        all.upsample(forward, x, large);
        all.upsampleBackward(backward, large, dx);
      }
      case ADD -> {
        all.addInPlace(forward, x, out);
        all.addInPlace(backward, out, dx);
      }
    }
    memory.bind(DataType.FLOAT);
    forward.bind();
    backward.bind();
    float[] noise = new float[Math.toIntExact(x.length())];
    RandomStream.of(0, Purpose.NOISE).fillGaussian(noise, 0, noise.length);
    x.set(noise, 0);
    forward.run(profile);
  }

  private void convolution(Kernels all, Tensor x, Tensor out, Tensor dx, int size) {
    Tensor weight = memory.allocate(channels, channels, size, size);
    Tensor bias = memory.allocate(channels);
    Kernels.Filter filter = new Kernels.Filter(weight, bias, 1);
    all.convolution(forward, filter, x, out);
    Tensor dweight = memory.allocate(weight.shape());
    Tensor dbias = memory.allocate(channels);
    all.convolutionBackward(backward, filter, x, out, dx, dweight, dbias);
  }

  @Benchmark
  public Profile forward() {
    forward.run(profile);
    return profile;
  }

  @Benchmark
  public Profile backward() {
    backward.run(profile);
    return profile;
  }

  @TearDown
  public void close() {
    memory.close();
  }
}

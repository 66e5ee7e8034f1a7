package io.sparkddpm.engine.nd4j;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.kernels.Profile;
import io.sparkddpm.kernels.Threads;
import io.sparkddpm.layers.LayeredNetwork;
import io.sparkddpm.memory.Floats;
import io.sparkddpm.network.NetworkSpec;
import io.sparkddpm.tensor.Batch;
import java.nio.FloatBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network for one batch size, spread over threads: each takes a share of the images through a
 * network of its own on the same parameters. Gradients are summed in the order of the shares, so
 * the result depends on how many there are, and on nothing else. With native kernels there is one
 * share. One caller at a time.
 */
final class NetworkShares implements AutoCloseable {
  private static final int CHUNK = 1 << 14;

  private final int inputLength;
  private final int outputLength;
  private final Threads threads;
  private final Share[] shares;
  private final INDArray gradients;
  private final boolean ownsFirst;
  private final FloatBuffer total;
  private final FloatBuffer[] parts;
  private final float[][][] stages;

  /** The images [first, first + count) of a batch. */
  private static final class Share implements AutoCloseable {
    final LayeredNetwork network;
    final INDArray gradients;
    final int first;
    final double[] levels;
    final long[] keys;

    Share(LayeredNetwork network, INDArray gradients, int first) {
      this.network = network;
      this.gradients = gradients;
      this.first = first;
      this.levels = new double[network.batch()];
      this.keys = new long[network.batch()];
    }

    @Override
    public void close() {
      network.close();
    }
  }

  /**
   * @param gradients receives the gradient, or null for inference only
   * @param accumulates whether gradients may be added to what is there
   * @param profile takes the time that the caller's own share spends
   */
  NetworkShares(
      NetworkSpec spec,
      INDArray parameters,
      INDArray gradients,
      boolean accumulates,
      int batch,
      LayeredNetwork.KernelChoice kernels,
      Threads threads,
      Profile profile) {
    this.inputLength = spec.inputShape().length();
    this.outputLength = spec.outputShape().length();
    this.threads = threads;
    this.gradients = gradients;
    this.ownsFirst = gradients != null && accumulates;
    // Native operations spread themselves over threads.
    boolean split = kernels == LayeredNetwork.KernelChoice.VECTOR;
    shares = new Share[split ? Math.min(batch, threads.count()) : 1];
    for (int i = 0; i < shares.length; i++) {
      int first = (int) ((long) i * batch / shares.length);
      int count = (int) ((i + 1L) * batch / shares.length) - first;
      boolean shared = gradients == null || (i == 0 && !ownsFirst);
      INDArray own = shared ? gradients : like(gradients);
      LayeredNetwork network =
          new LayeredNetwork(spec, parameters, own, count, kernels, split ? 1 : threads.count());
      network.profile(i == 0 ? profile : new Profile());
      shares[i] = new Share(network, own, first);
    }
    stages = new float[threads.count()][2][CHUNK];
    boolean sums = gradients != null && (ownsFirst || shares.length > 1);
    total = sums ? Floats.view(gradients) : null;
    parts = new FloatBuffer[sums ? shares.length : 0];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = Floats.view(shares[i].gradients);
    }
  }

  private static INDArray like(INDArray vector) {
    INDArray own = Nd4j.createUninitializedDetached(DataType.FLOAT, vector.length());
    own.setCloseable(true);
    return own;
  }

  /**
   * Predicts for the images from {@code first} on, as many as there is room for.
   *
   * @param keys of the dropout masks, one an image; null for inference
   * @param output receives the predictions at the images' places, [N, C, H, W]
   */
  void forward(
      Batch xt, int first, double[] levels, Condition condition, long[] keys, float[] output) {
    threads.split(
        shares.length,
        (thread, from, to) -> {
          for (int i = from; i < to; i++) {
            Share share = shares[i];
            int image = first + share.first;
            int count = share.levels.length;
            System.arraycopy(levels, image, share.levels, 0, count);
            if (keys != null) {
              System.arraycopy(keys, image, share.keys, 0, count);
            }
            share.network.setInput(xt.data(), xt.offset(image));
            share.network.setCondition(condition, image);
            share.network.forward(share.levels, keys == null ? null : share.keys);
            share.network.getOutput(output, image * outputLength);
          }
        });
  }

  /**
   * Computes the gradient of what {@link #forward} did last.
   *
   * @param outputGradient of the loss by the predictions
   * @param offset of the first image in it
   * @param add whether to add to the gradient that is there, for networks that accumulate
   */
  void backward(float[] outputGradient, int offset, boolean add) {
    threads.split(
        shares.length,
        (thread, from, to) -> {
          for (int i = from; i < to; i++) {
            Share share = shares[i];
            share.network.setOutputGradient(outputGradient, offset + share.first * outputLength);
            share.network.backward();
          }
        });
    if (parts.length > 0) {
      int length = total.capacity();
      threads.split(
          (length + CHUNK - 1) / CHUNK,
          (thread, from, to) -> {
            for (int chunk = from; chunk < to; chunk++) {
              sum(chunk * CHUNK, Math.min(CHUNK, length - chunk * CHUNK), add, stages[thread]);
            }
          });
    }
  }

  /**
   * Copies out the gradient by the images, after {@link #backward}.
   *
   * @param to receives it from {@code offset} on, [N, C, H, W]
   */
  void inputGradient(float[] to, int offset) {
    for (Share share : shares) {
      share.network.getInputGradient(to, offset + share.first * inputLength);
    }
  }

  /** Runs the calls of one kind of layer only, for measuring. */
  void runOnly(LayerKind kind) {
    threads.split(
        shares.length,
        (thread, from, to) -> {
          for (int i = from; i < to; i++) {
            shares[i].network.runOnly(kind);
          }
        });
  }

  private void sum(int offset, int length, boolean add, float[][] stage) {
    parts[0].get(offset, stage[0], 0, length);
    for (int i = 1; i < parts.length; i++) {
      parts[i].get(offset, stage[1], 0, length);
      add(stage[1], stage[0], length);
    }
    if (add) {
      total.get(offset, stage[1], 0, length);
      add(stage[1], stage[0], length);
    }
    total.put(offset, stage[0], 0, length);
  }

  private static void add(float[] x, float[] target, int length) {
    for (int i = 0; i < length; i++) {
      target[i] += x[i];
    }
  }

  @Override
  public void close() {
    for (int i = 0; i < shares.length; i++) {
      shares[i].close();
      if (gradients != null && (i > 0 || ownsFirst)) {
        shares[i].gradients.close();
      }
    }
  }
}

package io.sparkddpm.train;

import io.sparkddpm.image.ImageBatch;
import io.sparkddpm.unet.Floats;
import io.sparkddpm.unet.LayerKind;
import io.sparkddpm.unet.Profile;
import io.sparkddpm.unet.Threads;
import io.sparkddpm.unet.UNet;
import io.sparkddpm.unet.UNetConfig;
import java.nio.FloatBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network for one batch size, spread over threads: each takes a share of the images through a
 * network of its own on the same parameters. Gradients are summed in the order of the shares, so
 * the result depends on how many there are, and on nothing else. One caller at a time.
 */
final class NetworkShares implements AutoCloseable {
  private static final int CHUNK = 1 << 14;

  private final Threads threads;
  private final Share[] shares;
  private final INDArray gradients;
  private final FloatBuffer[] sums;
  private final float[][][] stages;

  /** The images [first, first + count) of a batch. */
  private static final class Share implements AutoCloseable {
    final UNet network;
    final INDArray gradients;
    final int first;
    final int[] timesteps;
    final long[] keys;

    Share(UNet network, INDArray gradients, int first) {
      this.network = network;
      this.gradients = gradients;
      this.first = first;
      this.timesteps = new int[network.batch()];
      this.keys = new long[network.batch()];
    }

    @Override
    public void close() {
      network.close();
    }
  }

  /**
   * @param gradients receives the gradient, or null for inference only
   * @param profile takes the time that the caller's own share spends
   */
  NetworkShares(
      UNetConfig config,
      INDArray parameters,
      INDArray gradients,
      int batch,
      UNet.KernelChoice kernels,
      Threads threads,
      Profile profile) {
    this.threads = threads;
    this.gradients = gradients;
    // Native operations spread themselves over threads.
    boolean split = kernels == UNet.KernelChoice.VECTOR;
    shares = new Share[split ? Math.min(batch, threads.count()) : 1];
    for (int i = 0; i < shares.length; i++) {
      int first = (int) ((long) i * batch / shares.length);
      int count = (int) ((i + 1L) * batch / shares.length) - first;
      INDArray own = gradients == null || i == 0 ? gradients : like(gradients);
      UNet network = new UNet(config, parameters, own, count, kernels, split ? 1 : threads.count());
      network.profile(i == 0 ? profile : new Profile());
      shares[i] = new Share(network, own, first);
    }
    sums = new FloatBuffer[shares.length];
    stages = new float[threads.count()][2][CHUNK];
    if (gradients != null && shares.length > 1) {
      for (int i = 0; i < shares.length; i++) {
        sums[i] = Floats.view(shares[i].gradients);
      }
    }
  }

  private static INDArray like(INDArray vector) {
    INDArray own = Nd4j.createUninitializedDetached(DataType.FLOAT, vector.length());
    own.setCloseable(true);
    return own;
  }

  /**
   * Predicts.
   *
   * @param keys of the dropout masks, one an image; null for inference
   * @param output receives the prediction, [N, C, H, W]
   */
  void forward(ImageBatch xt, int[] timesteps, long[] keys, float[] output) {
    threads.split(
        shares.length,
        (thread, from, to) -> {
          for (int i = from; i < to; i++) {
            Share share = shares[i];
            int count = share.timesteps.length;
            System.arraycopy(timesteps, share.first, share.timesteps, 0, count);
            if (keys != null) {
              System.arraycopy(keys, share.first, share.keys, 0, count);
            }
            share.network.setInput(xt.data(), xt.offset(share.first));
            share.network.forward(share.timesteps, keys == null ? null : share.keys);
            share.network.getOutput(output, share.first * (output.length / xt.count()));
          }
        });
  }

  /**
   * Computes the gradient of what {@link #forward} did last.
   *
   * @param outputGradient of the loss by the prediction, of {@code count} images
   */
  void backward(float[] outputGradient, int count) {
    threads.split(
        shares.length,
        (thread, from, to) -> {
          for (int i = from; i < to; i++) {
            Share share = shares[i];
            share.network.setOutputGradient(
                outputGradient, share.first * (outputGradient.length / count));
            share.network.backward();
          }
        });
    if (shares.length > 1) {
      int length = Math.toIntExact(gradients.length());
      threads.split(
          (length + CHUNK - 1) / CHUNK,
          (thread, from, to) -> {
            for (int chunk = from; chunk < to; chunk++) {
              sum(chunk * CHUNK, Math.min(CHUNK, length - chunk * CHUNK), stages[thread]);
            }
          });
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

  private void sum(int offset, int length, float[][] stage) {
    sums[0].get(offset, stage[0], 0, length);
    for (int i = 1; i < sums.length; i++) {
      sums[i].get(offset, stage[1], 0, length);
      add(stage[1], stage[0], length);
    }
    sums[0].put(offset, stage[0], 0, length);
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
      if (i > 0 && shares[i].gradients != null) {
        shares[i].gradients.close();
      }
    }
  }
}

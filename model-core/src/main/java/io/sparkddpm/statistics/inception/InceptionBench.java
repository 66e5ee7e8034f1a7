package io.sparkddpm.statistics.inception;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.InputResize;
import io.sparkddpm.statistics.ResizeMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** How fast features are taken on this machine: one extractor a thread, as tasks have it. */
public final class InceptionBench {
  private static final int SIZE = 32;
  private static final double NANOS = 1e9;

  private final InceptionWeights weights;
  private final int batch;
  private final int threads;

  /**
   * What was measured, on images of 32×32 pixels.
   *
   * @param best images a second in the best round
   * @param median images a second in the median round
   * @param resizeShare of a thread's time that goes into resizing
   * @param momentsShare of that time that mean and covariance would add
   */
  public record Rates(double best, double median, double resizeShare, double momentsShare) {}

  /**
   * A benchmark.
   *
   * @param batch images that an extractor takes at once
   * @param threads how many extractors work at the same time
   */
  public InceptionBench(InceptionWeights weights, int batch, int threads) {
    checkArgument(batch >= 1 && threads >= 1, "batch and threads must be at least 1");
    this.weights = weights;
    this.batch = batch;
    this.threads = threads;
  }

  /**
   * Times whole rounds, in each of which every thread takes one batch up to {@code pool_3}, after a
   * round that does not count.
   *
   * @param rounds at least 1
   */
  public Rates run(int rounds) {
    byte[] pixels = new byte[batch * SIZE * SIZE * 3];
    RandomStream random = RandomStream.of(1, Purpose.SHAPES, 299);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) random.nextInt(256);
    }
    List<InceptionV3> networks = new ArrayList<>();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int t = 0; t < threads; t++) {
        networks.add(new InceptionV3(weights, List.of(InceptionLayer.L2048), batch));
      }
      double[] seconds = new double[rounds];
      for (int r = -1; r < rounds; r++) {
        double time = round(pool, networks, pixels);
        if (r >= 0) {
          seconds[r] = time;
        }
      }
      Arrays.sort(seconds);
      double median = seconds[rounds / 2];
      double images = (double) batch * threads;
      return new Rates(
          images / seconds[0],
          images / median,
          resizing(pixels) / median,
          moments(networks.get(0).extract(pixels, batch, SIZE, SIZE)[0]) / median);
    } finally {
      pool.shutdown();
      networks.forEach(InceptionV3::close);
    }
  }

  private double round(ExecutorService pool, List<InceptionV3> networks, byte[] pixels) {
    long began = System.nanoTime();
    List<Future<?>> running = new ArrayList<>();
    for (InceptionV3 network : networks) {
      running.add(pool.submit(() -> network.extract(pixels, batch, SIZE, SIZE)));
    }
    try {
      for (Future<?> one : running) {
        one.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while measuring", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    return (System.nanoTime() - began) / NANOS;
  }

  /** Seconds for a batch, the best of a few. */
  private double resizing(byte[] pixels) {
    int size = InceptionProgram.INPUT_SIZE;
    InputResize resize = ResizeMode.TF1.from(SIZE, SIZE, size);
    float[] target = new float[3 * size * size];
    double best = Double.POSITIVE_INFINITY;
    for (int r = 0; r < 20; r++) {
      long began = System.nanoTime();
      for (int i = 0; i < batch; i++) {
        resize.toInput(pixels, i * SIZE * SIZE * 3, target);
      }
      best = Math.min(best, (System.nanoTime() - began) / NANOS);
    }
    return best;
  }

  /** Seconds for a batch of features, the best of a few, as a part of several hundred. */
  private double moments(float[] features) {
    int dimension = features.length / batch;
    int batches = Math.max(1, 256 / batch);
    double best = Double.POSITIVE_INFINITY;
    for (int r = 0; r < 5; r++) {
      FeatureStatistics.Accumulator sums = new FeatureStatistics.Accumulator(dimension);
      long began = System.nanoTime();
      for (int b = 0; b < batches; b++) {
        sums.add(features, 0, batch);
      }
      sums.finish();
      best = Math.min(best, (System.nanoTime() - began) / NANOS / batches);
    }
    return best;
  }
}

package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.network.Network;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.Objects;

/**
 * A network, read through its head. Arithmetic is in double. x_0 is not clipped. One thread at a
 * time.
 */
final class NetworkDenoiser implements Denoiser {
  private final Network network;
  private final Head head;
  private final NoiseProcess process;
  private final Variance variance;
  private Batch output;
  private double convertedLevel = Double.NaN;
  private Conversion toX0;
  private Conversion toEpsilon;

  /**
   * @param network the owner closes it
   * @param head what its output stands for
   * @param process that it was trained on
   * @param variance of the reverse process
   */
  NetworkDenoiser(Network network, Head head, NoiseProcess process, Variance variance) {
    this.network = Objects.requireNonNull(network);
    this.head = Objects.requireNonNull(head);
    this.process = Objects.requireNonNull(process);
    this.variance = Objects.requireNonNull(variance);
  }

  /** What a prediction that is not finite at a level ends with. */
  static TrainingDivergedException notFinite(double level) {
    return new TrainingDivergedException(
        "The network predicts a value that is not finite at timestep %s; its weights cannot be"
            + " sampled from",
        NoiseProcess.text(level));
  }

  @Override
  public NoiseProcess process() {
    return process;
  }

  @Override
  public Variance variance() {
    return variance;
  }

  @Override
  public boolean givesMean() {
    return head.isMean();
  }

  @Override
  public void predict(Batch x, double[] levels, Condition condition, Reading reading) {
    Shape shape = head.outputShape(x.shape());
    if (output == null || output.count() != x.count() || !output.shape().equals(shape)) {
      output = new Batch(x.count(), shape);
    }
    network.forward(x, levels, condition, output);
    for (int n = 0; n < x.count(); n++) {
      convertAt(levels[n]);
      double notFinite = 0;
      for (int i = output.offset(n); i < output.offset(n + 1); i++) {
        notFinite += output.data()[i] * 0f; // NaN as soon as one is
      }
      if (notFinite != 0) {
        throw notFinite(levels[n]);
      }
      read(toX0, x, n, reading.x0());
      if (reading.wantsEpsilon()) {
        read(toEpsilon, x, n, reading.epsilon());
      }
      if (reading.wantsVariance()) {
        checkState(output.itemLength() == 2 * x.itemLength(), "this network gives no variance");
        copyOutput(n, x.itemLength(), reading.variance());
      }
      if (reading.wantsMean()) {
        checkState(head.isMean(), "this network gives no mean");
        copyOutput(n, 0, reading.mean());
      }
    }
  }

  /** Copies a part of an item's output, from {@code offset} on. */
  private void copyOutput(int item, int offset, Batch to) {
    System.arraycopy(
        output.data(), output.offset(item) + offset, to.data(), to.offset(item), to.itemLength());
  }

  private void convertAt(double level) {
    if (level != convertedLevel) {
      toX0 = head.toX0(process, level);
      toEpsilon = head.toEpsilon(process, level);
      convertedLevel = level;
    }
  }

  private void read(Conversion conversion, Batch x, int item, Batch to) {
    float[] xs = x.data();
    float[] outputs = output.data();
    float[] values = to.data();
    double fromX = conversion.xt();
    double fromOutput = conversion.output();
    int offset = x.offset(item);
    int outputOffset = output.offset(item);
    for (int j = 0; j < x.itemLength(); j++) {
      values[offset + j] =
          (float) (fromX * xs[offset + j] + fromOutput * outputs[outputOffset + j]);
    }
  }
}

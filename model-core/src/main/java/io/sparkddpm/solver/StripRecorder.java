package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/**
 * Keeps what one image looked like at some steps, evenly spaced from the first to the last: x_t and
 * the x0 predicted from it. One thread at a time.
 */
public final class StripRecorder implements StepListener {
  private final int image;
  private final int[] columnSteps;
  private final int[] timesteps;
  private final Batch noisy;
  private final Batch predicted;

  /**
   * For one run of a sampler.
   *
   * @param image its place in the batch
   * @param columns number of moments to keep; fewer if the sampler has fewer steps
   */
  public StripRecorder(
      Sampler sampler, int image, int columns, int channels, int height, int width) {
    checkArgument(columns >= 1, "columns must be at least 1, got %s", columns);
    this.image = image;
    int count = Math.min(columns, sampler.steps());
    columnSteps = new int[count];
    timesteps = new int[count];
    for (int c = 0; c < count; c++) {
      double part = count == 1 ? 0 : (count - 1.0 - c) / (count - 1);
      columnSteps[c] = (int) Math.round(part * (sampler.steps() - 1));
      timesteps[c] = sampler.timestep(columnSteps[c]);
    }
    noisy = new Batch(count, channels, height, width);
    predicted = new Batch(count, channels, height, width);
  }

  @Override
  public void onStep(int step, int timestep, Batch xt, Batch predictedX0) {
    for (int c = 0; c < columnSteps.length; c++) {
      if (columnSteps[c] == step) {
        copy(xt, noisy, c);
        copy(predictedX0, predicted, c);
      }
    }
  }

  private void copy(Batch from, Batch to, int column) {
    checkArgument(
        from.itemLength() == to.itemLength(), "the strip is for %s, got images of %s", to, from);
    System.arraycopy(
        from.data(), from.offset(image), to.data(), to.offset(column), to.itemLength());
  }

  /** The timesteps kept, from the noisiest on. */
  public int[] timesteps() {
    return Arrays.copyOf(timesteps, timesteps.length);
  }

  /** x_t at each of {@link #timesteps()}, [columns, C, H, W]; beyond [-1, 1] where noisy. */
  public Batch noisy() {
    return noisy;
  }

  /** The x0 predicted at each of {@link #timesteps()}; the last is the finished image. */
  public Batch predicted() {
    return predicted;
  }
}

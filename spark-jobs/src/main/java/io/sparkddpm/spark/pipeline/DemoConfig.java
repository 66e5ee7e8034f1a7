package io.sparkddpm.spark.pipeline;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * What the demo draws for itself.
 *
 * @param images how many, at least 1
 */
public record DemoConfig(int images) {
  /** As many as one CIFAR-10 class has in its training set. */
  public static final DemoConfig DEFAULTS = new DemoConfig(5000);

  /** Checks the range. */
  public DemoConfig {
    checkArgument(
        images >= 1 && images <= 100_000, "images must be in 1 to 100000, got %s", images);
  }
}

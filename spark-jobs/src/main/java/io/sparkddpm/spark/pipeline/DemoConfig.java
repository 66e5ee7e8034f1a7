package io.sparkddpm.spark.pipeline;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;

/** What the demo draws for itself. */
public record DemoConfig(
    @Key(value = "images that the demo draws for itself", range = "[1, 100000]") int images) {
  /** As many as one CIFAR-10 class has in its training set. */
  public static final DemoConfig DEFAULTS = new DemoConfig(5000);

  /** Checks the range. */
  public DemoConfig {
    checkArgument(
        images >= 1 && images <= 100_000, "images must be in 1 to 100000, got %s", images);
  }
}

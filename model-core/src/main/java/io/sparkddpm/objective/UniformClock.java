package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * Every timestep equally often; Ho et al. 2020, alg. 1.
 *
 * @param steps T, at least 1
 */
public record UniformClock(int steps) implements Clock {
  /** Checks the range. */
  public UniformClock {
    checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
  }

  @Override
  public double level(ExampleKey example) {
    return example.stream().nextInt(steps);
  }

  @Override
  public double weight(double level) {
    return 1;
  }
}

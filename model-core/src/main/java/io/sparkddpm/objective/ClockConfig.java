package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.OneOf;
import io.sparkddpm.config.Variant;
import java.io.Serializable;

/** How the timesteps of training are drawn, as the configuration says it: lists the clocks. */
@OneOf({ClockConfig.Uniform.class, ClockConfig.SecondMoment.class, ClockConfig.Stratified.class})
public interface ClockConfig extends Serializable {
  /**
   * The clock of a run's first step.
   *
   * @param timesteps T
   * @param batchSize examples in a step, over all workers
   */
  Clock start(int timesteps, int batchSize);

  /** A {@link UniformClock}. */
  @Variant(
      value = "uniform",
      description = "each example's own draw, every timestep as likely (Ho et al. 2020)")
  record Uniform() implements ClockConfig {
    private static final long serialVersionUID = 1L;

    @Override
    public Clock start(int timesteps, int batchSize) {
      return new UniformClock(timesteps);
    }
  }

  /** A {@link SecondMomentClock}. */
  @Variant(
      value = "second-moment",
      description =
          "importance sampling: timesteps with large losses more often and with smaller weights"
              + " (Nichol and Dhariwal 2021)")
  record SecondMoment(
      @Key(
              value = "losses kept of each timestep; all are drawn alike until all have as many",
              range = "[1, 10000]")
          int history,
      @Key(value = "share of the draws in which every timestep is as likely", range = "(0, 1]")
          double uniformShare)
      implements ClockConfig {
    /** The paper's. */
    public static final SecondMoment DEFAULTS = new SecondMoment(10, 0.001);

    private static final long serialVersionUID = 1L;

    /** Checks the ranges. */
    public SecondMoment {
      checkArgument(
          history >= 1 && history <= 10_000, "history must be in 1 to 10000, got %s", history);
      checkArgument(
          uniformShare > 0 && uniformShare <= 1,
          "uniform-share must be in (0, 1], got %s",
          uniformShare);
    }

    @Override
    public Clock start(int timesteps, int batchSize) {
      return new SecondMomentClock(timesteps, history, uniformShare);
    }
  }

  /** A {@link StratifiedClock}. */
  @Variant(
      value = "stratified",
      description = "spread evenly over each batch, every timestep as likely (Kingma et al. 2021)")
  record Stratified() implements ClockConfig {
    private static final long serialVersionUID = 1L;

    @Override
    public Clock start(int timesteps, int batchSize) {
      return new StratifiedClock(timesteps, batchSize);
    }
  }
}

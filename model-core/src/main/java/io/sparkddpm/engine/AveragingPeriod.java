package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.OneOf;
import io.sparkddpm.config.Variant;
import java.io.Serializable;
import java.util.Set;

/**
 * How many steps τ the workers take between two averagings of their parameters, by the step alone,
 * so that a run resumes in the middle of any phase. Which examples a step sees does not depend on
 * it. To add one, write a record with a {@link Variant} whose components are its options, and list
 * it here.
 */
@OneOf({
  AveragingPeriod.Constant.class,
  AveragingPeriod.PostLocal.class,
  AveragingPeriod.Growing.class
})
public interface AveragingPeriod extends Serializable {
  /**
   * The round that a step belongs to.
   *
   * @param step zero-based
   */
  RoundSpan round(long step);

  /** What its rounds average, at one step or another. */
  default Set<AveragingMode> modes() {
    return Set.of(AveragingMode.PARAMETERS);
  }

  /** The round of a step among rounds of equal length. */
  private static RoundSpan equal(long begin, int steps, long step) {
    long first = begin + (step - begin) / steps * steps;
    return new RoundSpan(AveragingMode.PARAMETERS, first, first + steps);
  }

  /** Always as many; McDonald et al. 2010. */
  @Variant(value = "constant", description = "always as many")
  record Constant(
      @Key(
              value = "steps between two averagings",
              range = "[1, inf)",
              recordedAs = "../../averaging-frequency")
          int steps)
      implements AveragingPeriod {
    /** After every step. */
    public static final Constant DEFAULTS = new Constant(1);

    private static final long serialVersionUID = 1L;

    /** Checks the range. */
    public Constant {
      checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
    }

    @Override
    public RoundSpan round(long step) {
      return equal(0, steps, step);
    }
  }

  /** Gradients of every step at first, then local steps; Lin et al. 2020 (post-local SGD). */
  @Variant(
      value = "post-local",
      description = "gradients after each step at first, then parameters (Lin et al. 2020)")
  record PostLocal(
      @Key(value = "steps whose gradients are averaged", range = "[0, inf)") long after,
      @Key(value = "steps between two averagings from then on", range = "[1, inf)") int steps)
      implements AveragingPeriod {
    /** Half of the paper's CIFAR-10 run. */
    public static final PostLocal DEFAULTS = new PostLocal(400_000, 8);

    private static final long serialVersionUID = 1L;

    /** Checks the ranges. */
    public PostLocal {
      checkArgument(after >= 0, "after must not be negative, got %s", after);
      checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
    }

    @Override
    public RoundSpan round(long step) {
      return step < after
          ? new RoundSpan(AveragingMode.GRADIENTS, step, step + 1)
          : equal(after, steps, step);
    }

    @Override
    public Set<AveragingMode> modes() {
      return Set.of(AveragingMode.GRADIENTS, AveragingMode.PARAMETERS);
    }
  }

  /** Ever more, phase by phase: averaging matters most early, when the weights move fastest. */
  @Variant(value = "growing", description = "ever more: multiplied after each phase of the run")
  record Growing(
      @Key(value = "steps between two averagings in the first phase", range = "[1, inf)") int steps,
      @Key(value = "by which they are multiplied after each phase", range = "[2, 1024]") int factor,
      @Key(value = "steps of a phase; its last round may be cut short", range = "[1, inf)")
          long phase,
      @Key(value = "most steps between two averagings", range = "[1, inf)") int largest)
      implements AveragingPeriod {
    /** 1, 2, 4 … 32 within the first half of the paper's CIFAR-10 run. */
    public static final Growing DEFAULTS = new Growing(1, 2, 80_000, 32);

    private static final long serialVersionUID = 1L;

    /** Checks the ranges. */
    public Growing {
      checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
      checkArgument(factor >= 2 && factor <= 1024, "factor must be in 2 to 1024, got %s", factor);
      checkArgument(phase >= 1, "phase must be at least 1, got %s", phase);
      checkArgument(
          largest >= steps, "largest must be at least steps (%s), got %s", steps, largest);
    }

    @Override
    public RoundSpan round(long step) {
      int now = steps;
      long begin = 0;
      while (now < largest && step - begin >= phase) {
        now = (int) Math.min(largest, (long) now * factor);
        begin += phase;
      }
      RoundSpan round = equal(begin, now, step);
      return now < largest
          ? new RoundSpan(round.averages(), round.first(), Math.min(round.end(), begin + phase))
          : round;
    }
  }
}

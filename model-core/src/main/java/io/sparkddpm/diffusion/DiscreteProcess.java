package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.schedule.NoiseSchedule;
import java.util.Arrays;
import java.util.Objects;

/**
 * The variance-preserving process of a schedule's table. At whole levels all values are the
 * table's, to the bit. Between two of them the log-SNR is linear in the level (as ln σ is in
 * k-diffusion), and α² + σ² = 1. Levels between {@link #CLEAN} and 0 do not exist. Immutable;
 * threads may share it.
 */
public final class DiscreteProcess implements NoiseProcess {
  private final NoiseSchedule schedule;

  /** Of a schedule. */
  public DiscreteProcess(NoiseSchedule schedule) {
    this.schedule = Objects.requireNonNull(schedule);
  }

  @Override
  public double last() {
    return schedule.steps() - 1;
  }

  @Override
  public double alpha(double level) {
    return isWhole(level)
        ? schedule.sqrtAlphaCumprod((int) level)
        : Math.sqrt(signalVariance(level));
  }

  @Override
  public double sigma(double level) {
    return isWhole(level)
        ? schedule.sqrtOneMinusAlphaCumprod((int) level)
        : Math.sqrt(noiseVariance(level));
  }

  @Override
  public double logSnr(double level) {
    if (level == CLEAN) {
      return Double.POSITIVE_INFINITY;
    }
    check(level);
    int below = (int) level;
    double part = level - below;
    double logSnr = tableLogSnr(below);
    return part == 0 ? logSnr : logSnr + part * (tableLogSnr(below + 1) - logSnr);
  }

  @Override
  public double level(double logSnr) {
    int last = schedule.steps() - 1;
    checkArgument(
        logSnr <= tableLogSnr(0) && logSnr >= tableLogSnr(last),
        "log-SNR must be in [%s, %s], got %s",
        tableLogSnr(last),
        tableLogSnr(0),
        logSnr);
    int low = 0; // its log-SNR is at least the one looked for
    int high = last;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (tableLogSnr(middle) >= logSnr) {
        low = middle;
      } else {
        high = middle;
      }
    }
    double above = tableLogSnr(low);
    double below = tableLogSnr(high);
    return high == low ? low : low + (above - logSnr) / (above - below);
  }

  /**
   * {@inheritDoc}
   *
   * <p>α² and σ² are carried on from the last level to the first by the recurrences of {@link
   * NoiseSchedule}: over some of a schedule's timesteps this is the respaced schedule of Nichol and
   * Dhariwal 2021, sec. 4.
   */
  @Override
  public Transition[] transitions(double[] levels) {
    checkArgument(levels.length >= 2, "a step needs two levels, got %s", Arrays.toString(levels));
    Transition[] transitions = new Transition[levels.length - 1];
    double signal = signalVariance(levels[transitions.length]);
    double noise = noiseVariance(levels[transitions.length]);
    for (int i = transitions.length - 1; i >= 0; i--) {
      double from = levels[i];
      double to = levels[i + 1];
      check(from);
      checkArgument(from >= to, "levels must not rise, got %s after %s", to, from);
      double beta =
          isWhole(from) && to == from - 1
              ? schedule.beta((int) from)
              : 1.0 - signalVariance(from) / signalVariance(to);
      double noiseFrom = noise + signal * beta;
      transitions[i] = new Transition(from, to, beta, signal, noise, noiseFrom);
      signal *= 1.0 - beta;
      noise = noiseFrom;
    }
    return transitions;
  }

  private double signalVariance(double level) {
    if (level == CLEAN) {
      return 1.0;
    }
    return isWhole(level)
        ? schedule.alphaCumprod((int) level)
        : 1.0 / (1.0 + StrictMath.exp(-logSnr(level)));
  }

  private double noiseVariance(double level) {
    if (level == CLEAN) {
      return 0.0;
    }
    return isWhole(level)
        ? schedule.oneMinusAlphaCumprod((int) level)
        : 1.0 / (1.0 + StrictMath.exp(logSnr(level)));
  }

  private double tableLogSnr(int t) {
    return StrictMath.log(schedule.snr(t));
  }

  private boolean isWhole(double level) {
    return level >= 0 && level < schedule.steps() && level == (int) level;
  }

  private void check(double level) {
    checkArgument(
        level >= 0 && level <= last(), "a level must be in [0, %s], got %s", last(), level);
  }
}

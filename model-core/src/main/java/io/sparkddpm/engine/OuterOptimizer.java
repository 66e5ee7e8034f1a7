package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.OneOf;
import io.sparkddpm.config.Variant;
import java.io.Serializable;
import java.util.Objects;

/**
 * What is made of the mean of the workers' parameters: a step of an optimiser whose gradient is Δ =
 * start − mean, the change of a round (Reddi et al. 2021, alg. 1). Works on each value by itself,
 * in double; what it keeps from round to round is a float32 each. Immutable.
 *
 * <p>To add one, write a record with a {@link Variant} whose components are its options, and list
 * it here.
 */
@OneOf({OuterOptimizer.Mean.class, OuterOptimizer.Momentum.class, OuterOptimizer.Nesterov.class})
public interface OuterOptimizer extends Serializable {
  /** Whether it changes the mean; the others' methods are not called. */
  boolean isActive();

  /**
   * b′, the momentum after a round.
   *
   * @param momentum b, 0 at first
   * @param change Δ
   */
  double momentum(double momentum, double change);

  /**
   * What is added to the mean. Written this way, so that a learning rate of 1 without momentum
   * leaves each bit of the mean as it is.
   *
   * @param change Δ
   * @param before b
   * @param after b′
   */
  double correction(double change, double before, double after);

  /**
   * Takes a step, value by value.
   *
   * @param start the parameters at the beginning of the round, from {@code offset} on
   * @param values the mean; receives the parameters after the step, from {@code to} on
   * @param momentum receives that after the step, from {@code to} on
   */
  default void step(
      float[] start, int offset, float[] values, float[] momentum, int to, int length) {
    Objects.checkFromIndexSize(offset, length, start.length);
    Objects.checkFromIndexSize(to, length, values.length);
    Objects.checkFromIndexSize(to, length, momentum.length);
    for (int i = 0; i < length; i++) {
      double mean = values[to + i];
      double change = start[offset + i] - mean;
      double before = momentum[to + i];
      double after = momentum(before, change);
      values[to + i] = (float) (mean + correction(change, before, after));
      momentum[to + i] = (float) after;
    }
  }

  /** Steps along a momentum: b′ = μb + Δ. */
  interface Accelerated extends OuterOptimizer {
    /** α. */
    double learningRate();

    /** μ. */
    double momentum();

    @Override
    default boolean isActive() {
      return true;
    }

    @Override
    default double momentum(double before, double change) {
      return momentum() * before + change;
    }
  }

  private static void check(double learningRate, double momentum) {
    checkArgument(
        learningRate > 0 && learningRate <= 10,
        "learning-rate must be in (0, 10], got %s",
        learningRate);
    checkArgument(momentum >= 0 && momentum < 1, "momentum must be in [0, 1), got %s", momentum);
  }

  /** θ′ = mean. */
  @Variant(value = "mean", description = "the mean itself (McDonald et al. 2010)")
  record Mean() implements OuterOptimizer {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean isActive() {
      return false;
    }

    @Override
    public double momentum(double momentum, double change) {
      return 0;
    }

    @Override
    public double correction(double change, double before, double after) {
      return 0;
    }
  }

  /** θ′ = θ − αb′; Hsu et al. 2019 (FedAvgM), Wang et al. 2020 (SlowMo). */
  @Variant(
      value = "momentum",
      description = "a step along the momentum of the mean changes (Wang et al. 2020, SlowMo)")
  record Momentum(
      @Key(value = "factor on the momentum", range = "(0, 10]") double learningRate,
      @Key(value = "what remains of the momentum after a round", range = "[0, 1)") double momentum)
      implements Accelerated {
    /** SlowMo's for CIFAR-10. */
    public static final Momentum DEFAULTS = new Momentum(1, 0.7);

    private static final long serialVersionUID = 1L;

    /** Checks the ranges. */
    public Momentum {
      check(learningRate, momentum);
    }

    @Override
    public double correction(double change, double before, double after) {
      return (1 - learningRate) * change - learningRate * momentum * before;
    }
  }

  /** θ′ = θ − α(Δ + μb′); Douillard et al. 2023 (DiLoCo), alg. 1. */
  @Variant(
      value = "nesterov",
      description = "a step of SGD with Nesterov's momentum (Douillard et al. 2023, DiLoCo)")
  record Nesterov(
      @Key(value = "factor on change and momentum", range = "(0, 10]") double learningRate,
      @Key(value = "what remains of the momentum after a round", range = "[0, 1)") double momentum)
      implements Accelerated {
    /** DiLoCo's. */
    public static final Nesterov DEFAULTS = new Nesterov(0.7, 0.9);

    private static final long serialVersionUID = 1L;

    /** Checks the ranges. */
    public Nesterov {
      check(learningRate, momentum);
    }

    @Override
    public double correction(double change, double before, double after) {
      return (1 - learningRate) * change - learningRate * momentum * after;
    }
  }
}

package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.OneOf;
import io.sparkddpm.config.Variant;
import java.io.Serializable;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** What the workers of a run average, and when. */
@OneOf({
  AveragingConfig.Parameters.class,
  AveragingConfig.Gradients.class,
  AveragingConfig.Stock.class
})
public interface AveragingConfig extends Serializable {
  /**
   * The round that a step belongs to; rounds are the same however often a run is resumed.
   *
   * @param step zero-based
   */
  RoundSpan round(long step);

  /** What its rounds average, at one step or another. */
  Set<AveragingMode> modes();

  /** What becomes of Adam's moments where parameters are averaged. */
  default Moments moments() {
    return Moments.AVERAGED;
  }

  /** What changes the mean of the parameters, if anything does. */
  default Optional<OuterOptimizer> outerOptimizer() {
    return Optional.empty();
  }

  /** How vectors travel where parameters are averaged. */
  default ExchangeFormat exchange() {
    return ExchangeFormat.FLOAT32;
  }

  /** How the vectors of a round travel. */
  default ExchangeFormat exchangedAs(AveragingMode mode) {
    return mode == AveragingMode.PARAMETERS ? exchange() : ExchangeFormat.FLOAT32;
  }

  /** How many vectors, as long as the parameters, each worker hands to the averaging. */
  default int exchangedVectors(AveragingMode mode) {
    return mode == AveragingMode.GRADIENTS ? 1 : moments().averagedVectors();
  }

  /** How many vectors, as long as the parameters, each worker keeps to itself between rounds. */
  default int keptVectors(AveragingMode mode) {
    boolean own = mode == AveragingMode.PARAMETERS && moments() == Moments.LOCAL;
    return own ? StateVector.MOMENTS.size() : 0;
  }

  /** {@link AveragingMode#PARAMETERS}. */
  @Variant(
      value = "parameters",
      description =
          "workers take steps of their own; then their parameters are averaged (McDonald et al."
              + " 2010)")
  record Parameters(
      @Key(value = "steps between two averagings (averaging.md)", absent = "constant")
          AveragingPeriod period,
      @Key(value = "what is made of the mean (averaging.md)", absent = "mean") OuterOptimizer outer,
      @Key(
              value =
                  "Adam's moments are averaged too (12 bytes a parameter travel), begin at zero in"
                      + " each round (4 bytes), or stay with each worker (4 bytes; averaging.md)",
              absent = "averaged")
          Moments moments,
      @Key(
              value =
                  "what travels: the vectors themselves, or their changes in the round, rounded to"
                      + " bfloat16 at random, which is half the bytes (averaging.md)",
              absent = "float32")
          ExchangeFormat exchange)
      implements AveragingConfig {
    /** After every step. */
    public static final Parameters DEFAULTS = new Parameters(AveragingPeriod.Constant.DEFAULTS);

    private static final long serialVersionUID = 1L;

    /** Checks that nothing is missing. */
    public Parameters {
      Objects.requireNonNull(period);
      Objects.requireNonNull(outer);
      Objects.requireNonNull(moments);
      Objects.requireNonNull(exchange);
    }

    /** Plain means of parameters and moments. */
    public Parameters(AveragingPeriod period) {
      this(period, new OuterOptimizer.Mean(), Moments.AVERAGED);
    }

    /** Vectors that travel as they are. */
    public Parameters(AveragingPeriod period, OuterOptimizer outer, Moments moments) {
      this(period, outer, moments, ExchangeFormat.FLOAT32);
    }

    @Override
    public RoundSpan round(long step) {
      return period.round(step);
    }

    @Override
    public Set<AveragingMode> modes() {
      return period.modes();
    }

    @Override
    public Optional<OuterOptimizer> outerOptimizer() {
      return outer.isActive() ? Optional.of(outer) : Optional.empty();
    }
  }

  /** {@link AveragingMode#GRADIENTS}. */
  @Variant(
      value = "gradients",
      description = "gradients, after each step: the same as one worker with the whole batch")
  record Gradients() implements AveragingConfig {
    private static final long serialVersionUID = 1L;

    @Override
    public RoundSpan round(long step) {
      return new RoundSpan(AveragingMode.GRADIENTS, step, step + 1);
    }

    @Override
    public Set<AveragingMode> modes() {
      return Set.of(AveragingMode.GRADIENTS);
    }
  }

  /** {@link AveragingMode#STOCK}. */
  @Variant(
      value = "stock",
      description = "dl4j-spark's own averaging of parameters, for comparison; not repeatable")
  record Stock(
      @Key(
              value = "steps between two averagings",
              range = "[1, inf)",
              recordedAs = "../averaging-frequency")
          int steps)
      implements AveragingConfig {
    /** After every step. */
    public static final Stock DEFAULTS = new Stock(1);

    private static final long serialVersionUID = 1L;

    /** Checks the range. */
    public Stock {
      checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
    }

    @Override
    public RoundSpan round(long step) {
      long first = step / steps * steps;
      return new RoundSpan(AveragingMode.STOCK, first, first + steps);
    }

    @Override
    public Set<AveragingMode> modes() {
      return Set.of(AveragingMode.STOCK);
    }
  }
}

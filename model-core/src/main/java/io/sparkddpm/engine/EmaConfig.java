package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.OneOf;
import io.sparkddpm.config.Variant;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * Which averages of the weights a run keeps, and how fast they forget. To add one, write a record
 * with a {@link Variant} whose components are its options, and list it here.
 */
@OneOf({EmaConfig.Constant.class, EmaConfig.Warmup.class, EmaConfig.Power.class})
public interface EmaConfig extends Serializable {
  /** The names of the averages, such as {@code ema-0.9999}, in the order of the configuration. */
  List<String> names();

  /**
   * The averages as of some step.
   *
   * @param values those of an average, by its name; kept and changed, not copied
   */
  List<Ema> averages(Function<String, float[]> values);

  /** Averages of one rate each. */
  interface Exponential extends EmaConfig {
    /** The rates, each in (0, 1). */
    List<Double> rates();

    /**
     * Weight of the old average in the update that follows a step.
     *
     * @param rate one of {@link #rates}
     * @param step zero-based
     */
    double rateAt(double rate, long step);

    @Override
    default List<String> names() {
      return rates().stream().map(Ema::name).toList();
    }

    @Override
    default List<Ema> averages(Function<String, float[]> values) {
      return rates().stream()
          .map(r -> new Ema(Ema.name(r), step -> rateAt(r, step), values.apply(Ema.name(r))))
          .toList();
    }
  }

  private static void check(List<Double> rates) {
    checkArgument(
        rates.stream().allMatch(r -> r > 0 && r < 1), "rates must be in (0, 1), got %s", rates);
    checkArgument(
        new HashSet<>(rates).size() == rates.size(),
        "rates must differ from each other, got %s",
        rates);
  }

  /** The named rate from the first step on, as in Ho et al. 2020. */
  @Variant(value = "constant", description = "the same rates from the first step on")
  record Constant(
      @Key(
              value = "rates of the averages of weights; may be empty",
              range = "(0, 1)",
              recordedAs = "../ema-rates")
          List<Double> rates)
      implements Exponential {
    /** Ho et al. 2020, app. B. */
    public static final Constant DEFAULTS = new Constant(List.of(0.9999));

    private static final long serialVersionUID = 1L;

    /** Checks the ranges. */
    public Constant {
      rates = List.copyOf(rates);
      check(rates);
    }

    @Override
    public double rateAt(double rate, long step) {
      return rate;
    }
  }

  /**
   * {@code min(rate, (1 + step) / (10 + step))}: forgets the initial weights early, so that an
   * average is of use in a short run too.
   */
  @Variant(
      value = "warmup",
      description = "at most (1 + step)/(10 + step), so that an average is of use early too")
  record Warmup(
      @Key(
              value = "rates of the averages of weights; may be empty",
              range = "(0, 1)",
              recordedAs = "../ema-rates")
          List<Double> rates)
      implements Exponential {
    /** As {@link Constant#DEFAULTS}. */
    public static final Warmup DEFAULTS = new Warmup(List.of(0.9999));

    private static final long serialVersionUID = 1L;

    /** Checks the ranges. */
    public Warmup {
      rates = List.copyOf(rates);
      check(rates);
    }

    @Override
    public double rateAt(double rate, long step) {
      return Math.min(rate, (1.0 + step) / (10.0 + step));
    }
  }

  /**
   * Averages over a constant share of the run, however long it is, by power functions: the weights
   * after step n of t count as n^γ (Karras et al. 2024, EDM2, eq. 121 to 127).
   */
  @Variant(
      value = "power",
      description =
          "over a share of the run, by power functions of the step (Karras et al. 2024, EDM2)")
  record Power(
      @Key(
              value =
                  "widths σ_rel of the averages, as shares of the run: the standard deviation of"
                      + " the steps by their weights; may be empty",
              range = "(0, 0.28]")
          List<Double> widths)
      implements EmaConfig {
    /** The two that EDM2 keeps. */
    public static final Power DEFAULTS = new Power(List.of(0.05, 0.1));

    private static final long serialVersionUID = 1L;
    private static final String NAME = "power-";
    private static final double WIDEST = 0.28;
    private static final double LARGEST_EXPONENT = 1e9;

    /** Checks the ranges. */
    public Power {
      widths = List.copyOf(widths);
      widths.forEach(Power::checkWidth);
      checkArgument(
          new HashSet<>(widths).size() == widths.size(),
          "widths must differ from each other, got %s",
          widths);
    }

    static void checkWidth(double width) {
      checkArgument(
          width > 0 && width <= WIDEST, "widths must be in (0, %s], got %s", WIDEST, width);
    }

    /** The name of an average of a width, such as {@code power-0.05}. */
    public static String name(double width) {
      return NAME + BigDecimal.valueOf(width).stripTrailingZeros().toPlainString();
    }

    /** The width of an average of a name; empty where it is no average of this kind. */
    public static OptionalDouble width(String name) {
      return name.startsWith(NAME)
          ? OptionalDouble.of(Double.parseDouble(name.substring(NAME.length())))
          : OptionalDouble.empty();
    }

    /**
     * γ of a width: the solution of (γ + 1)/((γ + 2)²(γ + 3)) = σ_rel², which falls with γ.
     *
     * @param width σ_rel, in (0, 0.28]
     */
    static double exponent(double width) {
      double low = 0;
      double high = LARGEST_EXPONENT;
      for (double middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
        double square = (middle + 1) / ((middle + 2) * (middle + 2) * (middle + 3));
        if (square > width * width) {
          low = middle;
        } else {
          high = middle;
        }
      }
      return low;
    }

    /**
     * Weight of the old average in the update that follows a step: (1 − 1/n)^(γ+1) after n steps.
     *
     * @param step zero-based, n − 1
     */
    static double rateAt(double exponent, long step) {
      return Math.pow(step / (step + 1.0), exponent + 1);
    }

    @Override
    public List<String> names() {
      return widths.stream().map(Power::name).toList();
    }

    @Override
    public List<Ema> averages(Function<String, float[]> values) {
      return widths.stream().map(width -> average(width, values)).toList();
    }

    private static Ema average(double width, Function<String, float[]> values) {
      double exponent = exponent(width);
      return new Ema(name(width), step -> rateAt(exponent, step), values.apply(name(width)));
    }
  }
}

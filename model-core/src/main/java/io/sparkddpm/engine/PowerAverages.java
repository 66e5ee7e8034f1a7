package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.statistics.Lapack;
import java.util.Arrays;
import java.util.List;

/**
 * Averages of the weights by power functions ({@link EmaConfig.Power}) of widths that a run did not
 * keep, as sums of those that its checkpoints hold (Karras et al. 2024, EDM2, sec. 3.2 and app. C).
 * The weights of the sum are the least squares fit of the profile wanted: how much each step of the
 * training counts in it.
 */
public final class PowerAverages {
  private PowerAverages() {}

  /**
   * An average, or the wish for one.
   *
   * @param step the training steps that it covers, at least 1
   * @param width σ_rel, in (0, 0.28]
   */
  public record Profile(long step, double width) {
    /** Checks the ranges. */
    public Profile {
      checkArgument(step >= 1, "an average covers at least 1 step, got %s", step);
      EmaConfig.Power.checkWidth(width);
    }

    /** ∫ p q over time, p ∝ t^γ up to the step of each, both normalised (EDM2, eq. 145). */
    private double innerProduct(Profile other) {
      double exponent = EmaConfig.Power.exponent(width);
      double otherExponent = EmaConfig.Power.exponent(other.width);
      boolean isEarlier = step < other.step;
      double ratio = (double) step / other.step;
      return (exponent + 1)
          * (otherExponent + 1)
          * Math.pow(ratio, isEarlier ? otherExponent : -exponent)
          / ((exponent + otherExponent + 1) * Math.max(step, other.step));
    }
  }

  /**
   * How much each stored average counts in one that is wanted.
   *
   * @param stored of one run, no two of them alike; those of later steps than the wanted one's help
   *     too
   * @return in the order of {@code stored}; their sum is 1, some may be negative
   */
  public static double[] coefficients(List<Profile> stored, Profile wanted) {
    int n = stored.size();
    checkArgument(n >= 1, "there are no averages to make one of");
    double[] products = new double[n * n];
    double[] right = new double[n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        products[i * n + j] = stored.get(i).innerProduct(stored.get(j));
      }
      right[i] = stored.get(i).innerProduct(wanted);
    }
    double[] coefficients = Lapack.solveSymmetric(products, right);
    double sum = Arrays.stream(coefficients).sum();
    Arrays.setAll(coefficients, i -> coefficients[i] / sum);
    return coefficients;
  }
}

package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

/**
 * A 95 % confidence interval by the delete-a-group jackknife (Quenouille 1949, Tukey 1958): with g
 * groups and the estimates θ₍ᵢ₎ without group i, the variance is (g−1)/g · Σ(θ₍ᵢ₎ − mean θ)², and
 * the interval reaches Student's quantile of g−1 degrees of freedom to both sides.
 *
 * @param low end; may be negative where the estimate is near 0
 * @param high end
 * @param standardError of the estimate
 * @param groups how many were left out in turn
 */
public record JackknifeInterval(double low, double high, double standardError, int groups) {
  /**
   * 0.975 quantiles of Student's t for 1, 2, … degrees of freedom; beyond, the normal's is near.
   */
  private static final double[] STUDENT = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042
  };

  private static final double NORMAL = 1.96;

  /**
   * The interval around an estimate.
   *
   * @param leftOut estimates without each of the groups, at least 2
   */
  public static JackknifeInterval of(double estimate, double[] leftOut) {
    int groups = leftOut.length;
    checkArgument(groups >= 2, "a jackknife needs at least 2 groups, got %d", groups);
    double mean = 0;
    for (double value : leftOut) {
      mean += value / groups;
    }
    double squares = 0;
    for (double value : leftOut) {
      squares += (value - mean) * (value - mean);
    }
    double error = Math.sqrt(squares * (groups - 1) / groups);
    double reach = error * (groups - 2 < STUDENT.length ? STUDENT[groups - 2] : NORMAL);
    return new JackknifeInterval(estimate - reach, estimate + reach, error, groups);
  }
}

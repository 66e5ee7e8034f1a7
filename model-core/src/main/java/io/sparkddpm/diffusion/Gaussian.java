package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.random.RandomStream;

/**
 * A normal distribution N(m, S) in a few dimensions, in closed form and in double. Immutable;
 * threads may share it.
 */
public final class Gaussian {
  private static final double LN_2PI = StrictMath.log(2 * Math.PI);

  private final double[] mean;
  private final double[][] covariance;
  private final double[][] root;
  private final double logNormalizer;

  /**
   * @param mean m
   * @param covariance S, symmetric and positive definite
   * @throws IllegalArgumentException if S is not positive definite, or not as wide as m
   */
  public Gaussian(double[] mean, double[][] covariance) {
    this.mean = mean.clone();
    this.covariance = new double[mean.length][];
    checkArgument(
        covariance.length == mean.length,
        "a mean of %s values needs as many rows of its covariance, got %s",
        mean.length,
        covariance.length);
    for (int i = 0; i < mean.length; i++) {
      this.covariance[i] = covariance[i].clone();
    }
    root = cholesky(this.covariance);
    double sum = 0.5 * mean.length * LN_2PI;
    for (int i = 0; i < mean.length; i++) {
      sum += StrictMath.log(root[i][i]);
    }
    logNormalizer = sum;
  }

  /** In one dimension. */
  public static Gaussian of(double mean, double variance) {
    return new Gaussian(new double[] {mean}, new double[][] {{variance}});
  }

  private static double[][] cholesky(double[][] s) {
    int n = s.length;
    double[][] l = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = s[i][j];
        for (int k = 0; k < j; k++) {
          sum -= l[i][k] * l[j][k];
        }
        checkArgument(i != j || sum > 0, "the covariance is not positive definite");
        l[i][j] = i == j ? Math.sqrt(sum) : sum / l[j][j];
      }
    }
    return l;
  }

  /** Number of dimensions. */
  public int dimensions() {
    return mean.length;
  }

  /** A value of m. */
  public double mean(int i) {
    return mean[i];
  }

  /** A value of S. */
  public double covariance(int i, int j) {
    return covariance[i][j];
  }

  /** The distribution of α·x + σ·ε; Ho et al. 2020, eq. 4. */
  public Gaussian at(double alpha, double sigma) {
    double[] m = new double[mean.length];
    double[][] s = new double[mean.length][mean.length];
    for (int i = 0; i < m.length; i++) {
      m[i] = alpha * mean[i];
      for (int j = 0; j < m.length; j++) {
        s[i][j] = alpha * alpha * covariance[i][j] + (i == j ? sigma * sigma : 0);
      }
    }
    return new Gaussian(m, s);
  }

  /**
   * ln p(x) in nats, and its gradient.
   *
   * @param score receives ∇ ln p(x) = −S⁻¹(x − m)
   */
  public double logDensity(double[] x, double[] score) {
    int n = mean.length;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double sum = x[i] - mean[i];
      for (int k = 0; k < i; k++) {
        sum -= root[i][k] * score[k];
      }
      score[i] = sum / root[i][i];
      squares += score[i] * score[i];
    }
    for (int i = n - 1; i >= 0; i--) {
      double sum = -score[i];
      for (int k = i + 1; k < n; k++) {
        sum -= root[k][i] * score[k];
      }
      score[i] = sum / root[i][i];
    }
    return -0.5 * squares - logNormalizer;
  }

  /** Draws a point. */
  public void draw(RandomStream stream, double[] x) {
    for (int i = 0; i < mean.length; i++) {
      x[i] = stream.nextGaussian();
    }
    for (int i = mean.length - 1; i >= 0; i--) {
      double sum = mean[i];
      for (int k = 0; k <= i; k++) {
        sum += root[i][k] * x[k];
      }
      x[i] = sum;
    }
  }
}

package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.diffusion.Gaussian;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.report.SvgPlot;
import java.util.List;

/** A mixture of Gaussians that melts into N(0, 1). */
final class Marginals implements Toy {
  private static final int POINTS = 5000;
  private static final double REACH = 3.5;
  private static final int[] SHOWN = {0, 100, 300, 999};

  @Override
  public String name() {
    return "marginals";
  }

  @Override
  public String title() {
    return "The marginals: data melt into noise";
  }

  private static double density(GaussianMixture mixture, double x) {
    return Math.exp(mixture.logDensity(new double[] {x}));
  }

  private static double[] densities(GaussianMixture mixture, double[] x) {
    return Numbers.map(x, value -> density(mixture, value));
  }

  private static GaussianMixture at(int t) {
    NoiseProcess process = Line.PROCESS;
    return Line.DATA.at(process.alpha(t), process.sigma(t));
  }

  /** Half the area between two densities: 0 if they are the same, 1 if they do not overlap. */
  private static double totalVariation(double[] x, double[] p, double[] q) {
    double[] difference = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      difference[i] = 0.5 * Math.abs(p[i] - q[i]);
    }
    return Numbers.integral(x, difference);
  }

  @Override
  public void run(ToyPage page) {
    double[] x = Numbers.range(-REACH, REACH, 281);
    double[] normal = densities(new GaussianMixture(List.of(Gaussian.of(0, 1)), 1), x);
    double[][] heat = new double[x.length][250];
    for (int column = 0; column < 250; column++) {
      double[] values = densities(at(4 * column), x);
      for (int row = 0; row < x.length; row++) {
        heat[row][column] = values[x.length - 1 - row];
      }
    }
    SvgPlot curves = new SvgPlot("x", "density", "q(xₜ) at some t; dashed: N(0, 1).");
    for (int t : SHOWN) {
      curves.curve("t = " + t, x, densities(at(t), x));
    }
    curves.dashed("N(0, 1)", x, normal);
    page.text(
            "Data with three modes under the linear schedule of Ho et al. 2020 (T = 1000). The"
                + " closed form (eq. 4) gives xₜ for any t in one step, so that the density of xₜ"
                + " is the data's, shrunk by √ᾱ and blurred by 1 − ᾱ: of a mixture of Gaussians it"
                + " is a mixture again. At t = 999 nothing is left of it, which is why sampling may"
                + " begin from N(0, I).")
        .formula("q(x_t | x_0) = N( \\sqrt{ᾱ_t} x_0 , (1-ᾱ_t) I )")
        .formula("q(x_t) = Σ_k w_k N( \\sqrt{ᾱ_t} m_k , ᾱ_t s_k^2 + 1 - ᾱ_t )")
        .plots(
            new SvgPlot("t", "x", "Density of xₜ by t.").x(0, 999).y(-REACH, REACH).density(heat),
            curves);
    for (int t : SHOWN) {
      page.atMost(
          "largest distance of the distribution function of simulated xₜ, t = " + t,
          Numbers.distance(simulated(t), value -> Line.distribution(at(t), value)),
          1.63 / Math.sqrt(POINTS));
    }
    page.near(
            "area under the density at t = 300",
            Numbers.integral(x, densities(at(300), x)),
            1,
            2e-3)
        .atLeast(
            "distance of q(x₀) from N(0, 1)", totalVariation(x, densities(at(0), x), normal), 0.3)
        .atMost("the same at t = 999", totalVariation(x, densities(at(999), x), normal), 0.005);
  }

  private static double[] simulated(int t) {
    double[] values = new double[POINTS];
    double[] point = new double[1];
    for (int n = 0; n < POINTS; n++) {
      RandomStream stream = Numbers.stream(2, t, n);
      Line.DATA.draw(stream, point);
      values[n] = Line.PROCESS.alpha(t) * point[0] + Line.PROCESS.sigma(t) * stream.nextGaussian();
    }
    return values;
  }
}

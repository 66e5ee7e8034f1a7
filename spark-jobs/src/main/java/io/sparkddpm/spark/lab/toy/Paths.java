package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.solver.EulerMaruyamaSolver;
import io.sparkddpm.solver.HeunSolver;
import io.sparkddpm.solver.Solver;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.solver.TimeGrid;
import io.sparkddpm.spark.report.SvgPlot;
import io.sparkddpm.tensor.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The SDE, its reverse and the ODE with the same marginals. */
final class Paths implements Toy {
  private static final int SHOWN = 24;
  private static final int COUNT = 3000;

  /** Where Langevin steps are taken, how many, and δ by σ². */
  private static final int LEVEL = 300;

  private static final int LANGEVIN = 80;
  private static final double STEP = 0.1;

  /** 1.63/√n: 99 of 100 right samples are below. */
  private static final double RIGHT = 1.63 / Math.sqrt(COUNT);

  @Override
  public String name() {
    return "paths";
  }

  @Override
  public String title() {
    return "Paths: the SDE forwards and backwards, the ODE, and Langevin's correction";
  }

  /** x of every path at the beginning of each step and at the end, by level. */
  private record Drawn(double[] levels, double[][] x, double[] end) {
    static Drawn by(Solver solver, TimeGrid grid, int count) {
      Denoiser denoiser = new MixtureDenoiser(Line.DATA, Line.PROCESS);
      List<double[]> states = new ArrayList<>();
      List<Double> levels = new ArrayList<>();
      Batch end =
          Points.sample(
              solver,
              denoiser,
              grid,
              1,
              Condition.none(count),
              (step, level, xt, x0) -> {
                states.add(Points.column(xt, 0));
                levels.add(level);
              });
      double[] last = Points.column(end, 0);
      states.add(last);
      levels.add(0.0);
      return new Drawn(
          levels.stream().mapToDouble(Double::doubleValue).toArray(),
          states.toArray(double[][]::new),
          last);
    }

    SvgPlot plot(String caption) {
      return paths(caption, levels, Numbers.columns(x, SHOWN));
    }

    double distance() {
      return Numbers.distance(end, value -> Line.distribution(Line.DATA, value));
    }

    /** Pairs of paths that are in another order at their ends than at their beginnings. */
    long crossings() {
      Integer[] order = new Integer[end.length];
      Arrays.setAll(order, n -> n);
      Arrays.sort(order, (a, b) -> Double.compare(x[0][a], x[0][b]));
      long crossings = 0;
      for (int i = 1; i < order.length; i++) {
        crossings += end[order[i - 1]] > end[order[i]] ? 1 : 0;
      }
      return crossings;
    }
  }

  private static SvgPlot paths(String caption, double[] levels, double[][] xs) {
    return new SvgPlot("t", "x", caption).x(0, 999).y(-3.2, 3.2).paths(levels, xs);
  }

  private static SvgPlot forward() {
    double[] levels = Numbers.range(0, 999, 1000);
    double[][] xs = new double[SHOWN][levels.length];
    double[] point = new double[1];
    for (int n = 0; n < SHOWN; n++) {
      RandomStream stream = Numbers.stream(6, n);
      Line.DATA.draw(stream, point);
      double x = point[0];
      for (int t = 0; t < levels.length; t++) {
        double beta = Line.SCHEDULE.beta(t);
        x = Math.sqrt(1 - beta) * x + Math.sqrt(beta) * stream.nextGaussian();
        xs[n][t] = x;
      }
    }
    return paths("Forwards: from data to noise.", levels, xs);
  }

  @Override
  public void run(ToyPage page) {
    TimeGrid many = Spacing.UNIFORM.grid(250, Line.PROCESS);
    Drawn reverse = Drawn.by(new EulerMaruyamaSolver(), many, COUNT);
    Drawn ode = Drawn.by(HeunSolver.DEFAULTS, Spacing.KARRAS.grid(40, Line.PROCESS), COUNT);
    Langevin langevin = Langevin.run();
    page.text(
            "With ever smaller steps the forward process becomes an SDE. Given the score it can be"
                + " run backwards, again as an SDE, or as an ODE without noise whose points have"
                + " the same distribution at every t (Song et al. 2021, eq. 5, 6 and 13). Here the"
                + " score is exact. Paths of the ODE never cross: on a line each is a quantile."
                + " Langevin steps at a fixed t move points towards the distribution at that t"
                + " wherever they begin, and so correct what steps between levels did wrong"
                + " (alg. 1).")
        .formula("d x = -\\frac{1}{2} β(t) x d t + \\sqrt{β(t)} d w")
        .formula("d x = [ -\\frac{1}{2} β(t) x - β(t) ∇ log q_t(x) ] d t + \\sqrt{β(t)} d w̄")
        .formula("d x = [ -\\frac{1}{2} β(t) x - \\frac{1}{2} β(t) ∇ log q_t(x) ] d t")
        .formula("x ← x + δ ∇ log q_t(x) + \\sqrt{2δ} z")
        .plots(
            forward(),
            reverse.plot("Backwards by the SDE, 250 steps."),
            ode.plot("Backwards by the ODE, 40 steps of Heun's method."),
            langevin.plot())
        .atMost(
            "distance of the SDE's samples from the data (250 steps)",
            reverse.distance(),
            2 * RIGHT)
        .atMost("the same for the ODE (40 steps)", ode.distance(), 1.5 * RIGHT)
        .atMost("crossings of neighbours among the ODE's paths", ode.crossings(), 0)
        .atLeast("crossings among the SDE's paths", reverse.crossings(), 500)
        .atLeast("distance from q at t = 300 before Langevin steps", langevin.distances()[0], 0.15)
        .atMost("the same after 80 Langevin steps", langevin.distances()[LANGEVIN], 0.05);
  }

  /** Points at t = 300 that begin in wrong places, and take Langevin steps there. */
  private record Langevin(double[] distances) {
    static Langevin run() {
      double sigma = Line.PROCESS.sigma(LEVEL);
      GaussianMixture right = Line.DATA.at(Line.PROCESS.alpha(LEVEL), sigma);
      double size = STEP * sigma * sigma;
      double[] x = Numbers.range(-3, 3, COUNT);
      double[] point = new double[1];
      double[] score = new double[1];
      double[] distances = new double[LANGEVIN + 1];
      RandomStream stream = Numbers.stream(9);
      for (int step = 0; step <= LANGEVIN; step++) {
        distances[step] = Numbers.distance(x, value -> Line.distribution(right, value));
        for (int n = 0; n < COUNT; n++) {
          point[0] = x[n];
          right.logDensity(point, Condition.NO_LABEL, score);
          x[n] += size * score[0] + Math.sqrt(2 * size) * stream.nextGaussian();
        }
      }
      return new Langevin(distances);
    }

    SvgPlot plot() {
      double[] steps = Numbers.range(0, LANGEVIN, LANGEVIN + 1);
      return new SvgPlot(
              "Langevin steps",
              "distance",
              "Langevin's correction at t = 300: distance of points that begin evenly spread.")
          .curve("largest distance of the distribution function", steps, distances);
    }
  }
}

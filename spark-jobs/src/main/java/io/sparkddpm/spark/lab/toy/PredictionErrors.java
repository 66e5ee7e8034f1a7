package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.diffusion.Conversion;
import io.sparkddpm.diffusion.Head;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.Target;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.report.SvgPlot;
import java.util.function.ToDoubleBiFunction;

/** The same error of a network, measured in ε, x0 and v. */
final class PredictionErrors implements Toy {
  private static final int DRAWS = 20_000;
  private static final double ERROR = 0.1;
  private static final NoiseProcess PROCESS = Line.PROCESS;

  @Override
  public String name() {
    return "mse";
  }

  @Override
  public String title() {
    return "One error, three sizes: predicting ε, x₀ or v";
  }

  /** Mean squared error of a reading, where each output of the head is off by N(0, 0.01). */
  private static double error(Head head, int t, ToDoubleBiFunction<Head, double[]> reading) {
    RandomStream stream = Numbers.stream(4, t);
    Target target = head.target(PROCESS, t);
    double squares = 0;
    for (int n = 0; n < DRAWS; n++) {
      double x0 = stream.nextGaussian();
      double epsilon = stream.nextGaussian();
      double xt = PROCESS.alpha(t) * x0 + PROCESS.sigma(t) * epsilon;
      double output = target.of(x0, xt, epsilon) + ERROR * stream.nextGaussian();
      double difference = reading.applyAsDouble(head, new double[] {x0, xt, epsilon, output, t});
      squares += difference * difference / DRAWS;
    }
    return squares;
  }

  private static double x0Error(Head head, double[] values) {
    Conversion conversion = head.toX0(PROCESS, values[4]);
    return conversion.apply(values[1], values[3]) - values[0];
  }

  private static double epsilonError(Head head, double[] values) {
    Conversion conversion = head.toEpsilon(PROCESS, values[4]);
    return conversion.apply(values[1], values[3]) - values[2];
  }

  @Override
  public void run(ToyPage page) {
    Head epsilon = PredictionType.EPSILON.head();
    Head x0 = PredictionType.X0.head();
    Head v = PredictionType.V.head();
    double[] t = Numbers.range(0, 999, 200);
    page.text(
            "x₀, ε and v = √ᾱ ε − √(1−ᾱ) x₀ are linear in each other at a given xₜ, so that an"
                + " error of one is an error of the others, times a factor that depends on t alone."
                + " Equal weights for ε therefore weigh an error of x₀ with the signal-to-noise"
                + " ratio, which falls over eight decades; a network that is trained with the plain"
                + " squared error of x₀ weighs the timesteps otherwise (Salimans and Ho 2022,"
                + " sec. 4).")
        .formula(
            "‖ε̂-ε‖^2 = \\frac{ᾱ_t}{1-ᾱ_t} ‖x̂_0-x_0‖^2 = ᾱ_t ‖v̂-v‖^2 ,  "
                + "  SNR = \\frac{ᾱ_t}{1-ᾱ_t}")
        .plots(
            new SvgPlot("t", "factor", "Squared error of ε where the output's is 1.")
                .logarithmicY()
                .curve("network predicts ε", t, factors(epsilon, t, true))
                .curve("network predicts x₀", t, factors(x0, t, true))
                .curve("network predicts v", t, factors(v, t, true)),
            new SvgPlot("t", "factor", "Squared error of x₀ where the output's is 1.")
                .logarithmicY()
                .curve("network predicts ε", t, factors(epsilon, t, false))
                .curve("network predicts x₀", t, factors(x0, t, false))
                .curve("network predicts v", t, factors(v, t, false)));
    double square = ERROR * ERROR;
    double tolerance = 5 * Math.sqrt(2.0 / DRAWS); // of a mean of squares
    for (int s : new int[] {50, 300, 800}) {
      double signal = PROCESS.alpha(s) * PROCESS.alpha(s);
      double snr = signal / (1 - signal);
      near(
          page,
          "x₀'s error over ε's, t = " + s,
          error(epsilon, s, PredictionErrors::x0Error) / square,
          1 / snr,
          tolerance);
      near(
          page,
          "ε's error over x₀'s, t = " + s,
          error(x0, s, PredictionErrors::epsilonError) / square,
          snr,
          tolerance);
      near(
          page,
          "ε's error over v's, t = " + s,
          error(v, s, PredictionErrors::epsilonError) / square,
          signal,
          tolerance);
    }
  }

  private static void near(ToyPage page, String name, double found, double expected, double part) {
    page.near(name, found, expected, part * expected);
  }

  private static double[] factors(Head head, double[] t, boolean ofEpsilon) {
    return Numbers.map(
        t,
        s -> {
          Conversion c = ofEpsilon ? head.toEpsilon(PROCESS, s) : head.toX0(PROCESS, s);
          return c.output() * c.output();
        });
  }
}

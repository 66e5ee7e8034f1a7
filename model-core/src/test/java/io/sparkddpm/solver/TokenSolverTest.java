package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.BoundEvaluator;
import io.sparkddpm.diffusion.DecoderType;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.NoiseConfig;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.TokenLogits;
import io.sparkddpm.diffusion.TokenNoise;
import io.sparkddpm.diffusion.TokenTerm;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.network.Network;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.MutualInformationSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sampling with a predictor that knows the data exactly. */
class TokenSolverTest {
  private static final double[] DATA = {0.5, 0.3, 0.2};
  private static final int STEPS = 12;

  /** A process and a network that knows all of the data. */
  private static final class Model {
    private final GaussianDiffusion diffusion;
    private final TokenNoise noise;

    Model(boolean masks) {
      ScheduleConfig schedule =
          masks ? new MutualInformationSchedule(STEPS) : new LinearSchedule(STEPS, 0.05, 0.7);
      NoiseConfig kind =
          masks ? new NoiseConfig.Absorbing(DATA.length) : new NoiseConfig.Uniform(DATA.length);
      noise = kind.tokenNoise().orElseThrow();
      diffusion =
          new GaussianDiffusion(
              NoiseSchedule.of(schedule),
              new DiffusionConfig(PredictionType.X0, VarianceType.BETA, true, kind));
    }

    /**
     * What makes the reverse process the true one: ln p(x_0), which the joint probabilities of x_s
     * and x_t turn into those of x_s alone, and in the last step, which takes it as it is, ln p(x_0
     * | x_t).
     */
    private final class Oracle implements Network {
      @Override
      public void forward(Batch x, double[] levels, Condition condition, Batch output) {
        Transition[] steps = diffusion.process().unitSteps();
        for (int n = 0; n < x.count(); n++) {
          Transition step = steps[(int) levels[n]];
          double signal = step.signalTo() * (1 - step.beta());
          for (int j = 0; j < TokenLogits.places(x); j++) {
            int xt = TokenLogits.state(x, n, j);
            for (int k = 0; k < DATA.length; k++) {
              double likely = levels[n] == 0 ? noise.qSample(k, xt, signal, step.noiseFrom()) : 1;
              TokenLogits.put(output, n, j, k, (float) Math.max(-99, Math.log(DATA[k] * likely)));
            }
          }
        }
      }

      @Override
      public void close() {}
    }

    /** Mean and mean square, in bits, of the term of t over all x_0 and x_t. */
    private double[] moments(int t) {
      Transition step = diffusion.process().unitSteps()[t];
      Batch seen = new Batch(1, Shape.of(noise.states(), 1, noise.states()));
      for (int xt = 0; xt < noise.states(); xt++) {
        TokenLogits.set(seen, 0, xt, xt);
      }
      Reading reading = Reading.ofX0(1, seen.shape());
      oracle().predict(seen, new double[] {t}, Condition.none(1), reading);
      double[] predicted = new double[noise.states()];
      TokenTerm term = new TokenTerm(noise);
      double[] moments = new double[2];
      for (int x0 = 0; x0 < DATA.length; x0++) {
        for (int xt = 0; xt < noise.states(); xt++) {
          double signal = step.signalTo() * (1 - step.beta());
          double likely = DATA[x0] * noise.qSample(x0, xt, signal, step.noiseFrom());
          if (likely > 0) {
            TokenLogits.copy(reading.x0(), 0, xt, predicted);
            term.evaluate(x0, xt, predicted, step);
            double bits = term.nats() / Math.log(2);
            moments[0] += likely * bits;
            moments[1] += likely * bits * bits;
          }
        }
      }
      return moments;
    }

    private Denoiser oracle() {
      return diffusion.config().denoiser(new Oracle(), diffusion.process());
    }

    private Batch draw(int size, long number, int places, int steps) {
      TimeGrid grid =
          (steps == STEPS ? Spacing.UNIFORM : Spacing.TRAILING).grid(steps, diffusion.process());
      Shape shape = Shape.of(noise.states(), 1, places);
      return new SeededBatches(new TokenSolver(), grid, 3, size, shape)
          .draw(oracle(), number, Condition.none(size), StepListener.NONE);
    }
  }

  /** Places are independent, and a perfect predictor makes the reverse process the true one. */
  @ParameterizedTest
  @CsvSource({"true, 12", "true, 3", "false, 12"})
  void aPerfectPredictorDrawsTheData(boolean masked, int steps) {
    Model model = new Model(masked);
    int places = 5000;
    Batch drawn = model.draw(2, 0, places, steps);
    int[] counts = new int[model.noise.states()];
    for (int n = 0; n < 2; n++) {
      for (int j = 0; j < places; j++) {
        counts[TokenLogits.state(drawn, n, j)]++;
      }
    }
    // the chain is exact but for x_T, which is noise alone: what is left of x_0 there is ᾱ_T
    double left = masked ? 0 : 1 - model.diffusion.schedule().oneMinusAlphaCumprod(STEPS - 1);
    int total = 2 * places;
    for (int k = 0; k < DATA.length; k++) {
      double deviation = Math.sqrt(DATA[k] * (1 - DATA[k]) / total);
      assertEquals(DATA[k], counts[k] / (double) total, 5 * deviation + left, "token " + k);
    }
    assertEquals(total, counts[0] + counts[1] + counts[2]);
  }

  @Test
  void anItemDependsOnItsIndexAlone() {
    Model model = new Model(true);
    Batch four = model.draw(4, 0, 40, STEPS);
    for (int number = 0; number < 2; number++) {
      Batch two = model.draw(2, number, 40, STEPS);
      for (int i = 0; i < two.data().length; i++) {
        assertEquals(four.data()[four.offset(2 * number) + i], two.data()[i]);
      }
    }
  }

  /** By drawn x_t, against the expectation over all of them. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void theBoundIsMeasured(boolean masked) {
    Model model = new Model(masked);
    int places = 4000;
    Batch x0 = new Batch(STEPS, Shape.of(1, 1, places));
    int[] timesteps = new int[STEPS];
    for (int t = 0; t < STEPS; t++) {
      timesteps[t] = t;
      for (int j = 0; j < places; j++) {
        x0.data()[x0.offset(t) + j] = j % 10 < 5 ? 0 : j % 10 < 8 ? 1 : 2; // as DATA has it
      }
    }
    BoundEvaluator evaluator =
        BoundEvaluator.of(
            model.diffusion, DecoderType.DISCRETIZED, model.oracle(), STEPS, x0.shape(), 1);
    evaluator.evaluate(x0, Condition.none(STEPS), timesteps, new long[STEPS]);
    double total = evaluator.prior(x0, 0);
    for (int t = 0; t < STEPS; t++) {
      double[] moments = model.moments(t);
      double deviation = Math.sqrt((moments[1] - moments[0] * moments[0]) / places);
      assertEquals(moments[0], evaluator.bits(t), 5 * deviation + 1e-6, "t=" + t);
      total += moments[0];
    }
    double entropy = 0;
    for (double p : DATA) {
      entropy -= p * Math.log(p) / Math.log(2);
    }
    assertEquals(entropy, total, 1e-5); // logits are floats, and of x_0 a little is left at T
  }
}

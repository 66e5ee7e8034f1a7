package io.sparkddpm.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.schedule.CosineSchedule;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.MutualInformationSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.statistics.SharedFiles;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Austin et al. 2021 in numpy's numbers, whose matrices were multiplied out. */
class TokenNoiseTest {
  private static final int STATES = 5;
  private static final int STEPS = 10;
  private static final double TOLERANCE = 1e-12; // the file's

  private Map<String, NpyArray> golden;
  private String name;
  private TokenNoise noise;
  private ScheduleConfig schedule;
  private Transition[] steps;

  private void open(String process) throws IOException {
    golden = SharedFiles.goldenArrays("diffusion2/d3pm.npz");
    name = process;
    boolean masks = process.equals("absorbing");
    noise = masks ? TokenNoise.absorbing(STATES - 1) : TokenNoise.uniform(STATES);
    schedule =
        masks
            ? new MutualInformationSchedule(STEPS)
            : process.equals("uniform")
                ? new LinearSchedule(STEPS, 0.02, 0.5)
                : new CosineSchedule(STEPS, false);
    steps = new DiscreteProcess(NoiseSchedule.of(schedule)).unitSteps();
  }

  private double[] array(String array) {
    return golden.get(name + "/" + array).toDoubles();
  }

  private static double[] row(double[] all, int index) {
    return Arrays.copyOfRange(all, index * STATES, (index + 1) * STATES);
  }

  @ParameterizedTest
  @CsvSource({"uniform", "uniform_cosine", "absorbing"})
  void forwardProcess(String process) throws IOException {
    open(process);
    assertArrayEquals(array("beta"), schedule.betas(), TOLERANCE);
    double[] q = array("Q");
    double[] qbar = array("Qbar");
    for (int t = 0; t < STEPS; t++) {
      double signal = TokenNoise.signalFrom(steps[t]);
      for (int from = 0; from < STATES; from++) {
        for (int to = 0; to < STATES; to++) {
          int at = (t * STATES + from) * STATES + to;
          assertEquals(q[at], noise.forward(from, to, steps[t]), TOLERANCE);
          assertEquals(qbar[at], noise.qSample(from, to, signal, steps[t].noiseFrom()), TOLERANCE);
        }
      }
    }
    for (int k = 0; k < STATES; k++) {
      assertEquals(array("stationary")[k], noise.stationary(k), TOLERANCE);
    }
  }

  @ParameterizedTest
  @CsvSource({"uniform", "uniform_cosine", "absorbing"})
  void posteriorAndReverseProcess(String process) throws IOException {
    open(process);
    double[] posterior = array("posterior");
    double[] posteriorDefined = array("posterior_defined");
    double[] reverse = array("reverse");
    double[] reverseDefined = array("reverse_defined");
    double[] predicted = array("p_x0_given_xt");
    double[] found = new double[STATES];
    for (int t = 0; t < STEPS; t++) {
      for (int xt = 0; xt < STATES; xt++) {
        for (int x0 = 0; x0 < noise.tokens(); x0++) {
          int at = (t * STATES + xt) * STATES + x0;
          if (posteriorDefined[at] == 1) {
            noise.posterior(x0, xt, steps[t], found);
            assertArrayEquals(row(posterior, at), found, TOLERANCE);
          }
        }
        int at = t * STATES + xt;
        if (reverseDefined[at] == 1) {
          noise.reverse(row(predicted, at), xt, steps[t], found);
          assertArrayEquals(row(reverse, at), found, TOLERANCE);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"uniform", "uniform_cosine", "absorbing"})
  void bound(String process) throws IOException {
    open(process);
    double[] data = array("data_distribution");
    double[] terms = array("L_t_nats");
    double total = 0;
    for (int t = 0; t < STEPS; t++) {
      double term = term(t, data, array("p_x0_given_xt"));
      assertEquals(terms[t], term, TOLERANCE, "t=" + t);
      total += term;
    }
    double prior = 0;
    Transition last = steps[STEPS - 1];
    for (int x0 = 0; x0 < noise.tokens(); x0++) {
      prior += data[x0] * noise.prior(x0, TokenNoise.signalFrom(last), last.noiseFrom());
    }
    assertEquals(array("L_prior_nats")[0], prior, TOLERANCE);
    assertEquals(array("bound_nats")[0], total + prior, TOLERANCE);
  }

  /** E over x_0 and x_t of the term of t. */
  private double term(int t, double[] data, double[] predicted) {
    TokenTerm term = new TokenTerm(noise);
    double sum = 0;
    for (int x0 = 0; x0 < noise.tokens(); x0++) {
      for (int xt = 0; xt < STATES; xt++) {
        double likely =
            data[x0] * noise.qSample(x0, xt, TokenNoise.signalFrom(steps[t]), steps[t].noiseFrom());
        if (likely > 0) {
          term.evaluate(x0, xt, row(predicted, t * STATES + xt), steps[t]);
          sum += likely * term.nats();
        }
      }
    }
    return sum;
  }

  /**
   * A masked token says nothing of itself: whoever knows the data's distribution pays its entropy.
   */
  @Test
  void theBoundOfOneMaskedTokenIsItsEntropy() throws IOException {
    open("absorbing");
    double[] data = array("data_distribution");
    double entropy = 0;
    for (int k = 0; k < noise.tokens(); k++) {
      entropy -= data[k] * Math.log(data[k]);
    }
    double bound = 0;
    for (int t = 0; t < STEPS; t++) {
      bound += term(t, data, array("bayes_x0_given_xt"));
    }
    assertEquals(entropy, bound, TOLERANCE);
  }

  /** Steps over several timesteps are the same process with fewer: their product is the same. */
  @ParameterizedTest
  @CsvSource({"uniform", "absorbing"})
  void aLongStepIsTheProductOfShortOnes(String process) throws IOException {
    open(process);
    DiscreteProcess levels = new DiscreteProcess(NoiseSchedule.of(schedule));
    Transition twice = levels.transitions(new double[] {6, 4})[0];
    for (int from = 0; from < STATES; from++) {
      for (int to = 0; to < STATES; to++) {
        double product = 0;
        for (int k = 0; k < STATES; k++) {
          product += noise.forward(from, k, steps[5]) * noise.forward(k, to, steps[6]);
        }
        assertEquals(product, noise.forward(from, to, twice), TOLERANCE);
      }
    }
  }

  @Test
  void evenlySpreadNumbersDrawTheProbabilities() {
    double[] weights = {0.5, 0, 2, 1.5};
    int[] counts = new int[4];
    int draws = 4000;
    for (int i = 0; i < draws; i++) {
      counts[TokenNoise.draw(weights, (i + 0.5) / draws)]++;
    }
    assertArrayEquals(new int[] {500, 0, 2000, 1500}, counts);
    assertEquals(3, TokenNoise.draw(weights, Math.nextDown(1.0)));
    assertEquals(2, TokenNoise.draw(new double[] {0, 0, 1, 0}, Math.nextDown(1.0)));
    int[] noised = new int[3];
    TokenNoise masked = TokenNoise.absorbing(2);
    TokenNoise any = TokenNoise.uniform(3);
    int[] replaced = new int[3];
    for (int i = 0; i < draws; i++) {
      noised[masked.draw(1, 0.25, (i + 0.5) / draws)]++;
      replaced[any.draw(1, 0.75, (i + 0.5) / draws)]++;
    }
    assertArrayEquals(new int[] {0, 3000, 1000}, noised);
    assertArrayEquals(new int[] {1000, 2000, 1000}, replaced);
  }

  @Test
  void whatCannotBeIsRefused() {
    TokenNoise masked = TokenNoise.absorbing(2);
    assertFalse(masked.isNoise(1));
    assertTrue(masked.isNoise(2));
    assertEquals(3, masked.states());
    Transition step = new Transition(1, 0, 0.5, 0.5, 0.5, 0.75);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> masked.posterior(0, 1, step, new double[3]));
    assertEquals("x_t = 1 cannot come from x_0 = 0", e.getMessage());
    assertEquals(Double.POSITIVE_INFINITY, masked.prior(0, 0.1, 0.9)); // what is left is no mask
    assertEquals(0, masked.prior(0, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> TokenNoise.uniform(1));
  }
}

package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.BoundTerm;
import io.sparkddpm.diffusion.Conversion;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.schedule.CosineSchedule;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.statistics.SharedFiles;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LossWeightingTest {
  private static final int[] TIMESTEPS = {0, 1, 10, 130, 500, 999};
  private static final LossWeighting[] OF_ONE_LOSS = {
    new BoundWeighting(),
    new SnrWeighting(),
    MinSnrWeighting.DEFAULTS,
    new TruncatedSnrWeighting(),
    P2Weighting.DEFAULTS,
    new P2Weighting(0.5, 2)
  };

  private static GaussianDiffusion diffusion(ScheduleConfig schedule, PredictionType prediction) {
    return new GaussianDiffusion(
        NoiseSchedule.of(schedule), new DiffusionConfig(prediction, VarianceType.BETA, true));
  }

  private static GaussianDiffusion linear(PredictionType prediction) {
    return diffusion(new LinearSchedule(1000, 1e-4, 0.02), prediction);
  }

  private static LossWeighting weighting(String name) {
    return switch (name) {
      case "min_snr5" -> new MinSnrWeighting(5);
      case "snr" -> new SnrWeighting();
      case "trunc_snr" -> new TruncatedSnrWeighting();
      case "p2_k1_g1" -> new P2Weighting(1, 1);
      case "p2_k1_g0.5" -> new P2Weighting(1, 0.5);
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** The Min-SNR authors' weights, and P2's by numpy. */
  @ParameterizedTest
  @ValueSource(strings = {"linear", "cosine"})
  void weightsAreThePublishedOnes(String schedule) throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/loss_weights.npz");
    ScheduleConfig config =
        schedule.equals("linear") ? new LinearSchedule(1000, 1e-4, 0.02) : new CosineSchedule(1000);
    double[] t = golden.get("t").toDoubles();
    String[] names = {
      "min_snr5_eps",
      "min_snr5_x0",
      "min_snr5_v",
      "snr_eps",
      "snr_x0",
      "snr_v",
      "trunc_snr_x0",
      "p2_k1_g1_eps",
      "p2_k1_g0.5_eps",
      "p2_k1_g1_x0",
      "p2_k1_g1_v"
    };
    for (String name : names) {
      int end = name.lastIndexOf('_');
      PredictionType prediction =
          switch (name.substring(end + 1)) {
            case "eps" -> PredictionType.EPSILON;
            case "x0" -> PredictionType.X0;
            default -> PredictionType.V;
          };
      GaussianDiffusion diffusion = diffusion(config, prediction);
      LossWeighting weighting = weighting(name.substring(0, end));
      double[] expected = golden.get(schedule + "/" + name).toDoubles();
      for (int i = 0; i < t.length; i++) {
        double found = weighting.weight((int) t[i], diffusion);
        assertEquals(expected[i], found, 1e-11 * expected[i], name + " at " + t[i]);
      }
    }
  }

  /** Some of the same numbers, on the linear schedule. */
  @ParameterizedTest
  @CsvSource({
    "min_snr5, EPSILON, 0, 0.000500050005000445",
    "min_snr5, EPSILON, 500, 1.0",
    "min_snr5, X0, 0, 5.0",
    "min_snr5, X0, 500, 0.0843595494103264",
    "min_snr5, V, 0, 0.0004999999999999449",
    "min_snr5, V, 500, 0.07779665836502389",
    "snr, X0, 0, 9999.0000000011",
    "snr, X0, 500, 0.0843595494103264",
    "snr, V, 0, 0.9999",
    "snr, V, 500, 0.07779665836502389",
    "trunc_snr, X0, 0, 9999.0000000011",
    "trunc_snr, X0, 500, 1.0",
    "p2_k1_g1, EPSILON, 0, 9.9999999999989e-05",
    "p2_k1_g1, EPSILON, 500, 0.9222033416349761",
    "p2_k1_g0.5, EPSILON, 0, 0.00999999999999945",
    "p2_k1_g0.5, EPSILON, 500, 0.9603141890209559",
    "p2_k1_g1, V, 0, 9.998999999998899e-05",
    "p2_k1_g1, V, 500, 0.07174433831225964"
  })
  void someOfThePublishedWeights(String name, PredictionType prediction, int t, double expected) {
    double found = weighting(name).weight(t, linear(prediction));
    assertEquals(expected, found, 1e-11 * expected);
  }

  @Test
  void aConstantWeighsWhateverIsPredicted() {
    for (PredictionType prediction : PredictionType.values()) {
      assertEquals(1, new ConstantWeighting().weight(999, linear(prediction)));
    }
  }

  @Test
  void theBoundWeighsAsItsTermsDo() {
    assertEquals(0.272692084, new BoundWeighting().weight(1, linear(PredictionType.EPSILON)), 1e-8);
    GaussianDiffusion diffusion = linear(PredictionType.X0);
    BoundTerm term = new BoundTerm(diffusion);
    double ln2 = StrictMath.log(2);
    for (int t : new int[] {1, 10, 130, 500, 999}) {
      term.evaluate(0.3, 0.4, 0.8, 0, t);
      double wrong = term.bits();
      term.evaluate(0.3, 0.4, 0.3, 0, t);
      double ofError = wrong - term.bits();
      double weight = new BoundWeighting().weight(t, diffusion);
      assertEquals(ofError * ln2, weight * 0.25, 1e-9 * weight, "t=" + t);
    }
  }

  /** The same x_0 that is read from any output costs the same. */
  @Test
  void allPredictionsHaveOneLoss() {
    for (LossWeighting weighting : OF_ONE_LOSS) {
      for (int t : TIMESTEPS) {
        double expected = loss(weighting, PredictionType.EPSILON, t);
        for (PredictionType prediction : PredictionType.values()) {
          double found = loss(weighting, prediction, t);
          assertEquals(expected, found, 1e-9 * expected, weighting + " " + prediction + " " + t);
        }
      }
    }
  }

  private static double loss(LossWeighting weighting, PredictionType prediction, int t) {
    GaussianDiffusion diffusion = linear(prediction);
    Conversion toX0 = prediction.head().toX0(diffusion.process(), t);
    double xt = diffusion.qSample(0.3, t, -1.1);
    double output = (0.8 - toX0.xt() * xt) / toX0.output(); // it sees 0.8 for 0.3
    double error = output - diffusion.target(0.3, xt, -1.1, t);
    return weighting.weight(t, diffusion) * error * error;
  }

  @Test
  void lossesAreWeightedAndErrorsAreNot() {
    GaussianDiffusion diffusion = linear(PredictionType.V);
    Batch zeros = new Batch(2, Shape.of(3));
    Batch epsilon = new Batch(new float[] {1, 1, 1, 1, 1, 1}, 2, Shape.of(3));
    double[] levels = {5, 700};
    NetworkInput input = new NetworkInput(zeros, levels, Condition.none(2), new long[2]);
    TrainingBatch batch =
        new TrainingBatch(0, 0, input, zeros, epsilon, new long[2], new float[] {1, 1});
    ItemLosses losses = new ItemLosses(2);
    new SquaredError(diffusion, MinSnrWeighting.DEFAULTS)
        .evaluate(batch, 0, 2, zeros.like(), losses);
    for (int n = 0; n < 2; n++) {
      double signal = diffusion.schedule().alphaCumprod((int) levels[n]); // v is √ᾱ here
      double weight = MinSnrWeighting.DEFAULTS.weight((int) levels[n], diffusion);
      assertEquals(signal, losses.squaredError(n), 1e-6);
      assertEquals(weight * signal, losses.loss(n), 1e-6 * weight);
    }
  }

  @Test
  void badOptionsAndEndlessWeightsAreRefused() {
    assertEquals(
        "gamma must be greater than 0, got 0.0",
        assertThrows(IllegalArgumentException.class, () -> new MinSnrWeighting(0)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> new P2Weighting(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new P2Weighting(1, Double.NaN));
    GaussianDiffusion diffusion = linear(PredictionType.EPSILON);
    String message =
        assertThrows(UserException.class, () -> new P2Weighting(1e-9, 9).table(diffusion))
            .getMessage();
    assertTrue(
        message.startsWith("training.weighting gives the squared error of epsilon at timestep "),
        message);
    assertTrue(message.contains("choose another weighting, smaller exponents"), message);
  }
}

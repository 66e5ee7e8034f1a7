package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.engine.Engines;
import io.sparkddpm.engine.Nd4jConfig;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StepResult;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingStep;
import io.sparkddpm.network.MlpConfig;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.statistics.SharedFiles;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SlicedScoreTest {
  private static final Shape POINT = Shape.of(2, 1, 1);
  private static final int DRAWS = 20_000;

  private static GaussianDiffusion diffusion(PredictionType prediction) {
    return new GaussianDiffusion(
        NoiseSchedule.of(LinearSchedule.DEFAULTS),
        new DiffusionConfig(prediction, VarianceType.BETA, false));
  }

  private static TrainingBatch batch(GaussianDiffusion diffusion, int count, int t) {
    Batch x0 = new Batch(count, POINT);
    Batch epsilon = x0.like();
    RandomStream stream = RandomStream.of(1, Purpose.SAMPLE, t);
    double[] point = new double[2];
    for (int n = 0; n < count; n++) {
      GaussianMixture.PLANE.draw(stream, point);
      x0.data()[2 * n] = (float) point[0];
      x0.data()[2 * n + 1] = (float) point[1];
    }
    stream.fillGaussian(epsilon.data(), 0, 2 * count);
    Batch xt = x0.like();
    int[] timesteps = new int[count];
    Arrays.fill(timesteps, t);
    diffusion.qSample(x0, timesteps, epsilon, xt);
    double[] levels = Arrays.stream(timesteps).asDoubleStream().toArray();
    long[] ids = new long[count];
    Arrays.setAll(ids, n -> n);
    float[] weights = new float[count];
    Arrays.fill(weights, 1);
    NetworkInput input = new NetworkInput(xt, levels, Condition.none(count), new long[count]);
    return new TrainingBatch(4, 0, input, x0, epsilon, ids, weights);
  }

  /** What a network gives whose score at a level is known. */
  private static Batch outputs(String model, NetworkInput input, NoiseProcess process, double t) {
    GaussianMixture noisy = GaussianMixture.PLANE.at(process.alpha(t), process.sigma(t));
    Batch output = new Batch(input.x().count(), POINT);
    double[] score = new double[2];
    for (int n = 0; n < output.count(); n++) {
      double[] x = {input.x().data()[2 * n], input.x().data()[2 * n + 1]};
      noisy.logDensity(x, Condition.NO_LABEL, score);
      for (int d = 0; d < 2; d++) {
        double s =
            switch (model) {
              case "exact" -> score[d];
              case "scaled_0.8" -> 0.8 * score[d];
              case "plus_linear_0.1x" -> score[d] + 0.1 * x[d];
              case "standard_normal" -> -x[d];
              default -> throw new IllegalArgumentException(model);
            };
        output.data()[2 * n + d] = (float) (-process.sigma(t) * s);
      }
    }
    return output;
  }

  /** The mean over many examples against J by quadrature, within five standard errors. */
  @ParameterizedTest
  @CsvSource({
    "200, exact, false",
    "200, exact, true",
    "200, scaled_0.8, true",
    "500, scaled_0.8, false",
    "500, plus_linear_0.1x, true",
    "50, exact, true",
    "800, standard_normal, true",
    "50, standard_normal, false"
  })
  void theMeanIsTheGoldenJ(int t, String model, boolean varianceReduced) throws IOException {
    JsonNode all =
        new ObjectMapper()
            .readTree(
                Files.readString(SharedFiles.golden("diffusion2/sliced_score_matching.json")));
    JsonNode golden = null;
    for (JsonNode one : all.get("cases")) {
      if (one.get("name").asText().equals("gmm_t" + t + "_" + model)) {
        golden = one;
      }
    }
    GaussianDiffusion diffusion = diffusion(PredictionType.EPSILON);
    SlicedScore objective = new SlicedScore(diffusion, 0.02, varianceReduced);
    TrainingBatch batch = batch(diffusion, DRAWS, t);
    Batch output = outputs(model, objective.input(batch), diffusion.process(), t);
    ItemLosses losses = new ItemLosses(DRAWS);
    objective.evaluate(batch, 0, DRAWS, output, losses);
    double mean = Arrays.stream(losses.losses()).average().orElseThrow();
    double variance = Math.pow(diffusion.process().sigma(t), 2); // 2σ²/D is σ² here
    String form = varianceReduced ? "std_vr" : "std_plain";
    double deviation = golden.get("single_sample").get("rademacher").get(form).asDouble();
    double curvature = 1e-3; // of the difference, and float's rounding of it
    double tolerance = variance * 5 * deviation / Math.sqrt(DRAWS) + curvature;
    assertEquals(1 + variance * golden.get("J").asDouble(), mean, tolerance);
  }

  /** Each value of the gradient against a difference of the loss, for all predictions. */
  @ParameterizedTest
  @EnumSource(PredictionType.class)
  void theGradientIsTheSlopeOfTheLoss(PredictionType prediction) {
    GaussianDiffusion diffusion = diffusion(prediction);
    TrainingBatch batch = batch(diffusion, 3, 400);
    for (boolean varianceReduced : new boolean[] {false, true}) {
      SlicedScore objective = new SlicedScore(diffusion, 0.25, varianceReduced);
      Batch output = new Batch(objective.input(batch).x().count(), POINT);
      RandomStream.of(2, Purpose.NOISE, 1).fillGaussian(output.data(), 0, output.data().length);
      Batch gradient = new Batch(output.data().clone(), output.count(), POINT);
      objective.evaluate(batch, 0, 3, gradient, new ItemLosses(3));
      for (int i = 0; i < output.data().length; i++) {
        double above = loss(objective, batch, output, i, 0.0625f);
        double below = loss(objective, batch, output, i, -0.0625f);
        double slope = (above - below) / 0.125;
        // the loss is quadratic: the difference is exact but for float's rounding of outputs
        assertEquals(slope, gradient.data()[i], 1e-5 * Math.max(1, Math.abs(slope)));
      }
    }
  }

  private static double loss(
      SlicedScore objective, TrainingBatch batch, Batch output, int place, float change) {
    Batch moved = new Batch(output.data().clone(), output.count(), POINT);
    moved.data()[place] += change;
    ItemLosses losses = new ItemLosses(3);
    objective.evaluate(batch, 0, 3, moved, losses);
    return Arrays.stream(losses.losses()).sum() / 3;
  }

  private static float[] parameters(MlpConfig network) {
    float[] parameters = network.spec().initialParameters(3);
    RandomStream stream = RandomStream.of(6, Purpose.INIT, 9);
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] += (float) (0.1 * stream.nextGaussian()); // the last layer begins at zero
    }
    return parameters;
  }

  /** The difference of two evaluations against the engine's exact gradient by the input. */
  @Test
  void theSlopeIsTheEnginesOwn() {
    GaussianDiffusion diffusion = diffusion(PredictionType.EPSILON);
    TrainingBatch batch = batch(diffusion, 16, 300);
    MlpConfig config = new MlpConfig(2, 16, 1, 2, 0);
    try (TrainableNetwork network =
        Engines.of(new Nd4jConfig()).create(config, OptimizerConfig.DEFAULTS, 1)) {
      network.loadParameters(parameters(config));
      SlicedScore objective = new SlicedScore(diffusion, 0.02, true);
      NetworkInput pairs = objective.input(batch);
      Batch output = new Batch(32, POINT);
      network.forward(pairs, 0, 32, false, output);
      ItemLosses losses = new ItemLosses(16);
      objective.evaluate(batch, 0, 16, output, losses);
      Batch epsilon = new Batch(16, POINT);
      network.forward(batch.input(), 0, 16, true, epsilon);
      Batch v = new Batch(16, POINT);
      double length = 0.04 * diffusion.process().sigma(300);
      for (int n = 0; n < 16; n++) {
        for (int d = 0; d < 2; d++) {
          float difference = pairs.x().data()[4 * n + d] - pairs.x().data()[4 * n + 2 + d];
          v.data()[2 * n + d] = Math.round(difference / length);
        }
      }
      Batch slope = new Batch(16, POINT);
      network.backward(v, false, slope);
      for (int n = 0; n < 16; n++) {
        double along = 0;
        double squares = 0;
        for (int i = 2 * n; i < 2 * n + 2; i++) {
          along += v.data()[i] * slope.data()[i];
          squares += (double) epsilon.data()[i] * epsilon.data()[i];
        }
        double exact = 1 + squares / 2 - diffusion.process().sigma(300) * along;
        assertEquals(exact, losses.loss(n), 2e-3 * Math.max(1, Math.abs(exact)));
      }
    }
  }

  /** A batch in parts has the gradient of the whole, and pairs stay together. */
  @Test
  void partsAddUp() {
    GaussianDiffusion diffusion = diffusion(PredictionType.V);
    TrainingBatch batch = batch(diffusion, 10, 300);
    MlpConfig config = new MlpConfig(2, 16, 1, 2, 0);
    float[][] gradients = new float[2][(int) config.spec().parameterCount()];
    double[] losses = new double[2];
    for (int i = 0; i < 2; i++) {
      OptimizerConfig optimizer = OptimizerConfig.DEFAULTS.withMicroBatch(i == 0 ? 0 : 5);
      try (TrainableNetwork network = Engines.of(new Nd4jConfig()).create(config, optimizer, 1)) {
        network.loadParameters(parameters(config));
        TrainingStep step =
            new TrainingStep(network, new SlicedScore(diffusion, 0.02, true), optimizer);
        StepResult result = step.gradient(batch, gradients[i]);
        losses[i] = result.loss();
      }
    }
    assertEquals(losses[0], losses[1], 1e-4);
    for (int i = 0; i < gradients[0].length; i++) {
      assertEquals(gradients[0][i], gradients[1][i], 1e-3 * (1 + Math.abs(gradients[0][i])));
    }
  }

  @Test
  void badOptionsAreRefused() {
    assertEquals(
        "step must be in (0, 1], got 0.0",
        assertThrows(IllegalArgumentException.class, () -> new SlicedScoreObjective(0, true))
            .getMessage());
    DiffusionConfig learned =
        new DiffusionConfig(PredictionType.EPSILON, VarianceType.LEARNED_RANGE, false);
    assertEquals(
        "diffusion.variance=learned-range is not trained by training.objective=sliced-score; choose"
            + " the objective hybrid or bound",
        assertThrows(
                IllegalArgumentException.class, () -> SlicedScoreObjective.DEFAULTS.check(learned))
            .getMessage());
  }
}

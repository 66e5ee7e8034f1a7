package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.BoundTerm;
import io.sparkddpm.diffusion.Conversion;
import io.sparkddpm.diffusion.DecoderType;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.CosineSchedule;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.statistics.SharedFiles;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BoundErrorTest {
  private static final int CHANNELS = 3;
  private static final int PLANE = 16;
  private static final int LENGTH = CHANNELS * PLANE;

  private static final Shape SHAPE = Shape.of(2, 5); // any shape will do
  private static final float[] WEIGHTS = {1, 0.5f, 3};
  private static final int N = 3;

  private static GaussianDiffusion diffusion(
      NoiseSchedule schedule, PredictionType prediction, VarianceType variance) {
    return new GaussianDiffusion(schedule, new DiffusionConfig(prediction, variance, false));
  }

  private static NoiseSchedule linear() {
    return NoiseSchedule.of(new LinearSchedule(1000, 1e-4, 0.02));
  }

  /** What improved-diffusion computes for its made-up model: terms and slopes in double. */
  @ParameterizedTest
  @CsvSource({"linear, T1000", "linear, T20", "cosine, T1000", "cosine, T20"})
  void lossesAndGradientsAreTheOfficialOnes(String schedule, String steps) throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/training_losses.npz");
    boolean whole = steps.equals("T1000");
    NoiseSchedule table =
        !whole
            ? NoiseSchedule.ofBetas(golden.get(schedule + "/T20/betas").toDoubles())
            : schedule.equals("linear") ? linear() : NoiseSchedule.of(new CosineSchedule(1000));
    GaussianDiffusion d = diffusion(table, PredictionType.EPSILON, VarianceType.LEARNED_RANGE);
    double[] ts = golden.get(whole ? "t" : "t_T20").toDoubles();
    double[] map = golden.get("T20_timestep_map").toDoubles();
    double[] x0 = golden.get("x_start").toDoubles();
    double[] noise = golden.get("noise").toDoubles();
    String name = schedule + "/" + steps + "/";
    BoundTerm term = new BoundTerm(d);
    for (int item = 0; item < 6; item++) {
      int t = (int) ts[item];
      double original = whole ? t : map[t];
      Conversion toX0 = PredictionType.EPSILON.head().toX0(d.process(), t);
      float[] clean = new float[LENGTH];
      float[] noised = new float[LENGTH];
      float[] outputs = new float[2 * LENGTH];
      double squares = 0;
      double bits = 0;
      for (int j = 0; j < LENGTH; j++) {
        int i = item % 2 * LENGTH + j;
        double xt = d.qSample(x0[i], t, noise[i]);
        double epsilon =
            xt * (0.8 + 0.1 * Math.cos(0.01 * original))
                + 0.2 * Math.sin(3 * xt + 0.005 * original);
        double v = 0.9 * Math.tanh(0.7 * xt - 0.3) * Math.cos(0.003 * original);
        double error = epsilon - noise[i];
        term.evaluate(x0[i], xt, toX0.apply(xt, epsilon), v, t);
        squares += error * error;
        bits += term.bits();
        clean[j] = (float) x0[i];
        noised[j] = (float) xt;
        outputs[j] = (float) epsilon;
        outputs[LENGTH + j] = (float) v;
        // the batch's mean over two items of the item's mean over its elements
        double byMean = term.byPredictedX0() * toX0.output() / (2 * LENGTH);
        double byVariance = term.byVariance() / (2 * LENGTH);
        int at = 2 * LENGTH * item + j;
        int total = d.steps();
        gradient(golden, name + "MSE/grad", at, error / LENGTH);
        gradient(golden, name + "MSE/grad", at + LENGTH, byVariance);
        gradient(golden, name + "RESCALED_MSE/grad", at, error / LENGTH);
        gradient(golden, name + "RESCALED_MSE/grad", at + LENGTH, 0.001 * total * byVariance);
        gradient(golden, name + "KL/grad", at, byMean);
        gradient(golden, name + "KL/grad", at + LENGTH, byVariance);
        gradient(golden, name + "RESCALED_KL/grad", at, total * byMean);
        gradient(golden, name + "RESCALED_KL/grad", at + LENGTH, total * byVariance);
      }
      double vb = golden.get(name + "MSE/vb").toDoubles()[item];
      double mse = golden.get(name + "MSE/mse").toDoubles()[item];
      assertEquals(vb, bits / LENGTH, 1e-10 * vb, name + "vb of " + t);
      assertEquals(mse, squares / LENGTH, 1e-10 * mse, name + "mse of " + t);
      if (schedule.equals("linear")) { // in float cosine's last steps lose digits: 1/√ᾱ is 2e4
        objectives(golden, name, d, item, t, clean, noised, outputs);
      }
    }
  }

  private static void gradient(Map<String, NpyArray> golden, String name, int at, double actual) {
    double expected = golden.get(name).toDoubles()[at];
    assertEquals(expected, actual, 1e-10 + 1e-9 * Math.abs(expected), name + " " + at);
  }

  /** Some of those numbers: slopes of the mean of two items of 48 elements, by output and by v. */
  @ParameterizedTest
  @CsvSource({
    "0, -1.0, 1.3603042153341112, -0.05530197471875008, -0.01586328082750002",
    "0, 0.4274509803921569, 0.3282787109520789, 0.004787987799806973, 0.0019543079126066037",
    "1, 0.28627450980392166, -0.4457887755294589, 0.010679699975272109, -0.0008926377940370166",
    "1, -0.23921568627450984, 0.006635871541586425, -0.005001234075443711, 0.0002829462553662508",
    "10, -1.0, 1.3603042153341112, -0.005274578204967005, -0.00042617925904474274",
    "10, 0.4274509803921569, 0.3282787109520789, 0.0005862199141577515, 3.3421767446051645e-05",
    "500, 0.28627450980392166, -0.4457887755294589, 5.897638906855519e-05, -3.163552087159853e-09",
    "500, -0.23921568627450984, 0.006635871541586425, 1.4904291046556118e-05,"
        + " 1.0649954183089664e-09",
    "998, -1.0, 1.3603042153341112, -9.784653732592018e-05, -6.5582974570791916e-12",
    "998, 0.4274509803921569, 0.3282787109520789, -4.618209504036979e-05, -1.4597316428120776e-12",
    "999, 0.28627450980392166, -0.4457887755294589, 8.732164123260754e-06, -4.93006654279243e-14",
    "999, -0.23921568627450984, 0.006635871541586425, -5.955119078284345e-05,"
        + " -2.3793497926853212e-12"
  })
  void goldenSlopes(int t, double x0, double noise, double byOutput, double byVariance) {
    GaussianDiffusion d = diffusion(linear(), PredictionType.EPSILON, VarianceType.LEARNED_RANGE);
    Conversion toX0 = PredictionType.EPSILON.head().toX0(d.process(), t);
    double xt = d.qSample(x0, t, noise);
    double epsilon = xt * (0.8 + 0.1 * Math.cos(0.01 * t)) + 0.2 * Math.sin(3 * xt + 0.005 * t);
    double v = 0.9 * Math.tanh(0.7 * xt - 0.3) * Math.cos(0.003 * t);
    BoundTerm term = new BoundTerm(d);
    term.evaluate(x0, xt, toX0.apply(xt, epsilon), v, t);
    double actual = term.byPredictedX0() * toX0.output() / (2 * LENGTH);
    assertEquals(byOutput, actual, 1e-10 + 1e-9 * Math.abs(byOutput));
    assertEquals(byVariance, term.byVariance() / (2 * LENGTH), 1e-10 + 1e-9 * Math.abs(byVariance));
  }

  /** The same through the objectives, whose items are float. */
  private static void objectives(
      Map<String, NpyArray> golden,
      String name,
      GaussianDiffusion d,
      int item,
      int t,
      float[] clean,
      float[] noised,
      float[] outputs) {
    Shape shape = Shape.of(CHANNELS, PLANE);
    Batch xt = new Batch(noised, 1, shape);
    double[] noise = golden.get("noise").toDoubles();
    float[] epsilon = new float[LENGTH];
    for (int j = 0; j < LENGTH; j++) {
      epsilon[j] = (float) noise[item % 2 * LENGTH + j];
    }
    NetworkInput input = new NetworkInput(xt, new double[] {t}, Condition.none(1), new long[1]);
    TrainingBatch batch =
        new TrainingBatch(
            1,
            2,
            input,
            new Batch(clean, 1, shape),
            new Batch(epsilon, 1, shape),
            new long[1],
            new float[] {1});
    Map<String, ObjectiveConfig> objectives =
        Map.of(
            "RESCALED_MSE", HybridObjective.DEFAULTS,
            "MSE", new HybridObjective(1.0 / d.steps()),
            "RESCALED_KL", new BoundObjective());
    objectives.forEach(
        (type, config) -> {
          Objective objective = config.objective(d, new ConstantWeighting());
          Batch output = new Batch(outputs.clone(), 1, d.config().head().outputShape(shape));
          ItemLosses losses = new ItemLosses(1);
          objective.evaluate(batch, 0, 1, output, losses);
          double loss = golden.get(name + type + "/loss").toDoubles()[item];
          assertEquals(loss, losses.loss(0), 2e-5 * loss, name + type);
          double[] gradients = golden.get(name + type + "/grad").toDoubles();
          for (int j = 0; j < 2 * LENGTH; j++) { // theirs is of a batch of two
            double expected = 2 * gradients[2 * LENGTH * item + j];
            assertEquals(
                expected, output.data()[j], 1e-4 * Math.abs(expected) + 1e-6 * loss, name + type);
          }
        });
  }

  private static Batch noise(long key, Shape shape) {
    Batch batch = new Batch(N, shape);
    RandomStream.of(5, Purpose.NOISE, key).fillGaussian(batch.data(), 0, batch.data().length);
    return batch;
  }

  private static TrainingBatch batch(GaussianDiffusion diffusion) {
    Batch x0 = noise(0, SHAPE);
    for (int i = 0; i < x0.data().length; i++) {
      x0.data()[i] = Math.max(-1, Math.min(1, Math.round(127.5f * x0.data()[i]) / 127.5f));
    }
    Batch epsilon = noise(1, SHAPE);
    Batch xt = x0.like();
    int[] timesteps = {0, 400, 999};
    diffusion.qSample(x0, timesteps, epsilon, xt);
    double[] levels = Arrays.stream(timesteps).asDoubleStream().toArray();
    NetworkInput input = new NetworkInput(xt, levels, Condition.none(N), new long[N]);
    return new TrainingBatch(1, 2, input, x0, epsilon, new long[] {7, 8, 9}, WEIGHTS);
  }

  /** The targets, a little off, and any v. */
  private static Batch output(GaussianDiffusion d, TrainingBatch batch) {
    Batch y = noise(2, d.config().head().outputShape(SHAPE));
    int length = SHAPE.length();
    for (int n = 0; n < N; n++) {
      for (int j = 0; j < length; j++) {
        int i = n * length + j;
        double target =
            d.target(
                batch.x0().data()[i],
                batch.xt().data()[i],
                batch.epsilon().data()[i],
                batch.timestep(n));
        int at = y.offset(n) + j;
        y.data()[at] = (float) (target + 0.02 * y.data()[at]);
      }
    }
    return y;
  }

  private static double total(Objective objective, TrainingBatch batch, Batch output) {
    Batch scratch = new Batch(output.data().clone(), N, output.shape());
    ItemLosses losses = new ItemLosses(N);
    objective.evaluate(batch, 0, N, scratch, losses);
    double sum = 0;
    for (int n = 0; n < N; n++) {
      sum += batch.weights()[n] * losses.loss(n);
    }
    return sum / N;
  }

  @ParameterizedTest
  @EnumSource(PredictionType.class)
  void theBoundsGradientIsItsSlope(PredictionType prediction) {
    for (VarianceType variance : VarianceType.values()) {
      GaussianDiffusion d = diffusion(linear(), prediction, variance);
      TrainingBatch batch = batch(d);
      for (DecoderType decoder : DecoderType.values()) {
        Objective objective = new BoundObjective(decoder).objective(d, new ConstantWeighting());
        Batch y = output(d, batch);
        Batch gradient = new Batch(y.data().clone(), N, y.shape());
        objective.evaluate(batch, 0, N, gradient, new ItemLosses(N));
        for (int i = 0; i < y.data().length; i++) {
          slope(objective, batch, y, gradient, i);
        }
      }
    }
  }

  private static void slope(
      Objective objective, TrainingBatch batch, Batch y, Batch gradient, int i) {
    float kept = y.data()[i];
    float reach = Math.max(1e-4f, Math.abs(kept) * 1e-4f);
    y.data()[i] = kept + reach;
    double distance = y.data()[i];
    double above = total(objective, batch, y);
    y.data()[i] = kept - reach;
    distance -= y.data()[i];
    double slope = (above - total(objective, batch, y)) / distance;
    y.data()[i] = kept;
    assertEquals(slope, gradient.data()[i], 1e-3 * Math.max(1, Math.abs(slope)), "y[" + i + "]");
  }

  @Test
  void theHybridsMeanIsMovedByTheSquaredErrorAloneAndItsVarianceByTheBound() {
    GaussianDiffusion d = diffusion(linear(), PredictionType.EPSILON, VarianceType.LEARNED_RANGE);
    TrainingBatch batch = batch(d);
    Objective hybrid = new HybridObjective(0.25).objective(d, new ConstantWeighting());
    Objective simple = new SimpleObjective().objective(d, new ConstantWeighting());
    Objective bound = new BoundObjective().objective(d, new ConstantWeighting());
    Batch y = output(d, batch);
    int length = SHAPE.length();
    Batch means = new Batch(N, SHAPE);
    for (int n = 0; n < N; n++) {
      System.arraycopy(y.data(), y.offset(n), means.data(), means.offset(n), length);
    }
    Batch both = new Batch(y.data().clone(), N, y.shape());
    ItemLosses hybrids = new ItemLosses(N);
    ItemLosses simples = new ItemLosses(N);
    ItemLosses bounds = new ItemLosses(N);
    hybrid.evaluate(batch, 0, N, both, hybrids);
    simple.evaluate(batch, 0, N, means, simples);
    bound.evaluate(batch, 0, N, y, bounds);
    for (int n = 0; n < N; n++) {
      assertEquals(
          simples.loss(n) + 0.25 * bounds.loss(n),
          hybrids.loss(n),
          1e-6 * Math.abs(hybrids.loss(n)));
      assertEquals(simples.squaredError(n), hybrids.squaredError(n), 1e-6);
      assertEquals(simples.squaredError(n), bounds.squaredError(n), 1e-6);
      assertEquals(simples.meanError(n), hybrids.meanError(n), 1e-5 * simples.meanError(n));
      for (int j = 0; j < length; j++) {
        float mean = means.data()[means.offset(n) + j];
        assertEquals(mean, both.data()[both.offset(n) + j], 1e-6 + 1e-5 * Math.abs(mean));
        float variance = 0.25f * y.data()[y.offset(n) + length + j];
        assertEquals(variance, both.data()[both.offset(n) + length + j], 1e-5 * Math.abs(variance));
      }
    }
  }

  @Test
  void itemsDoNotDependOnHowTheyAreGrouped() {
    GaussianDiffusion d = diffusion(linear(), PredictionType.V, VarianceType.LEARNED_RANGE);
    TrainingBatch batch = batch(d);
    Objective objective = HybridObjective.DEFAULTS.objective(d, new ConstantWeighting());
    Batch whole = output(d, batch);
    Batch parts = output(d, batch);
    ItemLosses one = new ItemLosses(N);
    ItemLosses two = new ItemLosses(N);
    objective.evaluate(batch, 0, N, whole, one);
    objective.evaluate(batch, 2, 3, parts, two);
    objective.evaluate(batch, 0, 2, parts, two);
    assertArrayEquals(whole.data(), parts.data());
    assertArrayEquals(one.losses(), two.losses());
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    HybridObjective.DEFAULTS.check(reading(VarianceType.LEARNED_RANGE));
    new BoundObjective().check(reading(VarianceType.LEARNED_RANGE));
    new BoundObjective().check(reading(VarianceType.BETA));
    new SimpleObjective().check(reading(VarianceType.BETA_TILDE));
    assertEquals(
        "diffusion.variance=learned-range is not trained by training.objective=simple; choose the"
            + " objective hybrid or bound",
        refused(new SimpleObjective(), VarianceType.LEARNED_RANGE));
    assertEquals(
        "training.objective=hybrid trains a variance and needs diffusion.variance=learned-range;"
            + " with a fixed one choose simple or bound",
        refused(HybridObjective.DEFAULTS, VarianceType.BETA));
    assertThrows(IllegalArgumentException.class, () -> new HybridObjective(0));
    GaussianDiffusion fixed = diffusion(linear(), PredictionType.EPSILON, VarianceType.BETA);
    assertThrows(
        IllegalArgumentException.class,
        () -> HybridObjective.DEFAULTS.objective(fixed, new ConstantWeighting()));
    GaussianDiffusion d = diffusion(linear(), PredictionType.EPSILON, VarianceType.LEARNED_RANGE);
    Objective objective = HybridObjective.DEFAULTS.objective(d, new ConstantWeighting());
    assertThrows(
        IllegalArgumentException.class,
        () -> objective.evaluate(batch(d), 0, N, new Batch(N, SHAPE), new ItemLosses(N)));
  }

  private static DiffusionConfig reading(VarianceType variance) {
    return new DiffusionConfig(PredictionType.EPSILON, variance, true);
  }

  private static String refused(ObjectiveConfig objective, VarianceType variance) {
    return assertThrows(IllegalArgumentException.class, () -> objective.check(reading(variance)))
        .getMessage();
  }
}

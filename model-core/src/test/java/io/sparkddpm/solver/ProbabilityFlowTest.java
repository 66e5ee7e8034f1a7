package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.statistics.SharedFiles;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The flow of the mixture of Gaussians, against a tight integrator in double. */
class ProbabilityFlowTest {
  private static final int POINTS = 16;
  private static final int STEPS = 300;

  /** Heun's error with that many steps, and float's. */
  private static final double TOLERANCE = 3e-3;

  private static final Condition NONE = Condition.none(POINTS);

  /** Levels t from 1 down to 1e-3, evenly in σ^(1/7). */
  private static ProbabilityFlow flow() {
    return flow(STEPS, OdeSteps.FIXED);
  }

  private static ProbabilityFlow flow(int count, OdeSteps steps) {
    ScoreSdeProcess process = new ScoreSdeProcess(1000, true);
    double[] levels = new double[count + 1];
    double most = root(process, 1);
    double least = root(process, 1e-3);
    for (int i = 1; i < count; i++) {
      double sigma = Math.pow(most + (least - most) * i / count, 7);
      levels[i] = process.level(-2 * Math.log(sigma));
    }
    levels[0] = 1;
    levels[count] = 1e-3;
    return new ProbabilityFlow(
        new MixtureDenoiser(GaussianMixture.PLANE, process),
        TimeGrid.of(levels),
        steps,
        StepListener.NONE);
  }

  private static double root(NoiseProcess process, double t) {
    return Math.pow(process.sigma(t) / process.alpha(t), 1.0 / 7);
  }

  private static Map<String, NpyArray> golden() throws IOException {
    return SharedFiles.goldenArrays("diffusion2/vp_probability_flow.npz");
  }

  private static Batch points(NpyArray array, double factor) {
    float[] values = array.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] * factor);
    }
    return new Batch(values, POINTS, Shape.of(2));
  }

  private static double alpha() {
    return new ScoreSdeProcess(1000, true).alpha(1e-3);
  }

  private static void assertPoints(double[] expected, Batch x, double factor, double tolerance) {
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], factor * x.data()[i], tolerance, "value " + i);
    }
  }

  /** The golden files place x0 itself at the least level, here it is α·x0. */
  @Test
  void bothWays() throws IOException {
    Map<String, NpyArray> golden = golden();
    Batch data = points(golden.get("gmm/x0"), 1 / alpha());
    Batch noise = flow().encode(data, NONE);
    assertPoints(golden.get("gmm/eps1e-3/encode_x1").toDoubles(), noise, 1, TOLERANCE);
    Batch back = flow().decode(noise, NONE);
    assertArrayEquals(data.data(), back.data(), (float) TOLERANCE);
    Batch drawn = flow().decode(points(golden.get("x_T"), 1), NONE);
    double[] expected = golden.get("gmm/eps1e-3/decode_of_x_T").toDoubles();
    assertPoints(expected, drawn, alpha(), TOLERANCE);
  }

  @Test
  void exactTrace() throws IOException {
    Map<String, NpyArray> golden = golden();
    double[] expected = golden.get("gmm/eps1e-3/logp_nats_standard_normal_prior").toDoubles();
    double[] found = flow().logDensity(points(golden.get("gmm/x0"), 1 / alpha()), NONE, units(), 2);
    for (int n = 0; n < POINTS; n++) {
      found[n] -= 2 * Math.log(alpha()); // the density of x, not of x/α
    }
    assertArrayEquals(expected, found, TOLERANCE);
  }

  private static ProbabilityFlow.ProbeSource units() {
    return (probe, v) -> {
      Arrays.fill(v.data(), 0);
      for (int n = 0; n < v.count(); n++) {
        v.data()[v.offset(n) + probe] = (float) Math.sqrt(v.itemLength());
      }
    };
  }

  /** Signs at random estimate the trace without bias. */
  @Test
  void hutchinson() throws IOException {
    Batch data = points(golden().get("gmm/x0"), 1);
    double[] exact = flow().logDensity(data, NONE, units(), 2);
    ProbabilityFlow.ProbeSource signs =
        (probe, v) -> {
          RandomStream stream = RandomStream.of(5, Purpose.PROBE, probe);
          for (int i = 0; i < v.data().length; i++) {
            v.data()[i] = stream.nextInt(2) == 0 ? -1 : 1;
          }
        };
    double[] one = flow().logDensity(data, NONE, signs, 1);
    double[] many = flow().logDensity(data, NONE, signs, 32);
    double ofOne = 0;
    double ofMany = 0;
    for (int n = 0; n < POINTS; n++) {
      ofOne += Math.pow(one[n] - exact[n], 2) / POINTS;
      ofMany += Math.pow(many[n] - exact[n], 2) / POINTS;
    }
    assertEquals(Math.sqrt(ofOne / 32), Math.sqrt(ofMany), 0.6 * Math.sqrt(ofOne / 32));
  }

  /** An item's noise and density depend on the item alone. */
  @Test
  void anItemAlone() throws IOException {
    Batch data = points(golden().get("gmm/x0"), 1);
    Batch one = new Batch(Arrays.copyOfRange(data.data(), 6, 8), 1, Shape.of(2));
    Condition alone = Condition.none(1);
    float[] noise = flow().encode(data, NONE).data();
    assertArrayEquals(flow().encode(one, alone).data(), Arrays.copyOfRange(noise, 6, 8));
    assertEquals(
        flow().logDensity(one, alone, units(), 2)[0], flow().logDensity(data, NONE, units(), 2)[3]);
  }

  /** On a schedule's own levels, from the first timestep to the last and back. */
  @Test
  void onASchedule() {
    NoiseProcess process = new DiscreteProcess(NoiseSchedule.of(LinearSchedule.DEFAULTS));
    ProbabilityFlow flow =
        new ProbabilityFlow(
            new MixtureDenoiser(GaussianMixture.PLANE, process),
            Spacing.KARRAS.grid(200, process),
            OdeSteps.FIXED,
            StepListener.NONE);
    Batch data = new Batch(new float[] {1.5f, 0.5f, -1, 1, 0, 0}, 3, Shape.of(2));
    Batch noise = flow.encode(data, Condition.none(3));
    assertArrayEquals(data.data(), flow.decode(noise, Condition.none(3)).data(), 5e-3f);
  }

  private static double worst(double[] expected, Batch x) {
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(expected[i] - x.data()[i]));
    }
    return worst;
  }

  /** Tighter tolerances come closer, and closer than a grid of as many evaluations. */
  @Test
  void adaptiveSteps() throws IOException {
    Map<String, NpyArray> golden = golden();
    Batch data = points(golden.get("gmm/x0"), 1 / alpha());
    double[] expected = golden.get("gmm/eps1e-3/encode_x1").toDoubles();
    double before = Double.MAX_VALUE;
    for (double tolerance : new double[] {3e-4, 1e-4, 1e-5}) {
      ProbabilityFlow adaptive = flow(1, new OdeSteps.Adaptive(tolerance, tolerance));
      double error = worst(expected, adaptive.encode(data, NONE));
      int[] evaluations = adaptive.evaluations();
      int most = Arrays.stream(evaluations).max().orElseThrow();
      double onGrid = worst(expected, flow(most / 2, OdeSteps.FIXED).encode(data, NONE));
      assertTrue(error < before, tolerance + " is off by " + error);
      assertTrue(
          error < onGrid, tolerance + " is off by " + error + ", " + most + " on a grid " + onGrid);
      assertTrue(Arrays.stream(evaluations).distinct().count() > 1, Arrays.toString(evaluations));
      before = error;
    }
    ProbabilityFlow adaptive = flow(1, new OdeSteps.Adaptive(1e-5, 1e-5));
    Batch noise = adaptive.encode(data, NONE);
    assertPoints(expected, noise, 1, TOLERANCE);
    assertArrayEquals(data.data(), adaptive.decode(noise, NONE).data(), (float) TOLERANCE);
    double[] density = golden.get("gmm/eps1e-3/logp_nats_standard_normal_prior").toDoubles();
    double[] found = adaptive.logDensity(data, NONE, units(), 2);
    for (int n = 0; n < POINTS; n++) {
      found[n] -= 2 * Math.log(alpha());
    }
    assertArrayEquals(density, found, TOLERANCE);
  }

  /** An item chooses its steps alone. */
  @Test
  void adaptiveStepsOfAnItemAlone() throws IOException {
    Batch data = points(golden().get("gmm/x0"), 1);
    Batch one = new Batch(Arrays.copyOfRange(data.data(), 6, 8), 1, Shape.of(2));
    ProbabilityFlow flow = flow(1, OdeSteps.Adaptive.DEFAULTS);
    float[] noise = flow.encode(data, NONE).data();
    int evaluations = flow.evaluations()[3];
    assertArrayEquals(flow.encode(one, Condition.none(1)).data(), Arrays.copyOfRange(noise, 6, 8));
    assertEquals(evaluations, flow.evaluations()[0]);
    double density = flow.logDensity(data, NONE, units(), 2)[3];
    assertEquals(flow.logDensity(one, Condition.none(1), units(), 2)[0], density);
  }

  @Test
  void tolerancesAreChecked() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new OdeSteps.Adaptive(1e-7, 1e-3));
    assertEquals("absolute-tolerance must be in [1e-6, 1], got 1.0E-7", e.getMessage());
    e = assertThrows(IllegalArgumentException.class, () -> new OdeSteps.Adaptive(1e-3, 2));
    assertEquals("relative-tolerance must be in [1e-6, 1], got 2.0", e.getMessage());
  }
}

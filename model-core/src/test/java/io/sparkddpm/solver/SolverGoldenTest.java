package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.statistics.SharedFiles;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * On the mixture of Gaussians solvers end where diffusers, k-diffusion, EDM and score_sde end. They
 * compute in double, here items are float: an error of one float's rounding in each step.
 */
class SolverGoldenTest {
  private static final NoiseProcess PROCESS =
      new DiscreteProcess(NoiseSchedule.of(LinearSchedule.DEFAULTS));

  private static final double FLOAT_TOLERANCE = 1e-5;
  private static final int POINTS = 16;

  private static Map<String, NpyArray> diffusers;
  private static Map<String, NpyArray> karras;

  @BeforeAll
  static void read() throws IOException {
    diffusers = SharedFiles.goldenArrays("diffusion2/solvers_diffusers.npz");
    karras = SharedFiles.goldenArrays("diffusion2/solvers_kdiffusion_edm.npz");
  }

  private static Batch points(NpyArray array, double scale) {
    float[] values = array.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] * scale);
    }
    return new Batch(values, POINTS, Shape.of(2));
  }

  /** Stored draws, one after another for each item. */
  private static NoiseSource draws(NpyArray noise, int... which) {
    float[] values = noise.toFloats();
    int[] used = new int[POINTS];
    return (item, to, offset, length) ->
        System.arraycopy(
            values, (which[used[item]++] * POINTS + item) * length, to, offset, length);
  }

  private static NoiseSource inOrder(NpyArray noise) {
    return draws(noise, IntStream.range(0, 20).toArray());
  }

  private static void solve(
      Solver solver, NoiseProcess process, double[] levels, Batch x, NoiseSource noise) {
    solve(solver, process, levels, x, noise, StepListener.NONE);
  }

  private static void solve(
      Solver solver,
      NoiseProcess process,
      double[] levels,
      Batch x,
      NoiseSource noise,
      StepListener listener) {
    solver.solve(
        new Trajectory(
            new MixtureDenoiser(GaussianMixture.PLANE, process),
            TimeGrid.of(levels),
            x,
            Condition.none(POINTS),
            noise,
            listener));
  }

  private static void assertPoints(double[] expected, Batch x, String what) {
    for (int i = 0; i < 2 * POINTS; i++) {
      double tolerance = FLOAT_TOLERANCE * Math.max(1, Math.abs(expected[i]));
      assertEquals(expected[i], x.data()[i], tolerance, what + ", " + i);
    }
  }

  private static double[] last(NpyArray states) {
    double[] all = states.toDoubles();
    return Arrays.copyOfRange(all, all.length - 2 * POINTS, all.length);
  }

  private static double level(double sigma) {
    if (sigma == 0) {
      return NoiseProcess.CLEAN;
    }
    double logSnr = -2 * Math.log(sigma);
    return PROCESS.level(
        Math.max(PROCESS.logSnr(PROCESS.last()), Math.min(PROCESS.logSnr(0), logSnr)));
  }

  /** UniPC's and the single step's, whose x is the process'. */
  @ParameterizedTest
  @ValueSource(strings = {"S10", "S20"})
  void diffusersOdeSolvers(String steps) {
    List<String> names = new ArrayList<>();
    for (String spacing : List.of("linspace", "trailing", "leading")) {
      names.add("unipc_bh2_o2/" + spacing);
    }
    names.addAll(
        List.of(
            "unipc_bh2_o3/linspace",
            "unipc_bh2_o2_final_sigma_min/linspace",
            "dpmpp_single/o2/linspace",
            "dpmpp_single/o3/linspace",
            "dpmpp_single/o2_final_sigma_min/linspace",
            "dpmpp_single/o3_final_sigma_min/linspace"));
    for (String prefix : names) {
      String name = prefix + "/" + steps;
      double[] timesteps = diffusers.get(name + "/timesteps").toDoubles();
      double[] levels = Arrays.copyOf(timesteps, timesteps.length + 1);
      levels[timesteps.length] = name.contains("sigma_min") ? 0 : NoiseProcess.CLEAN;
      int order = name.contains("o3") ? 3 : 2;
      Solver solver =
          name.startsWith("unipc") ? new UniPcSolver(order) : new DpmSingleStepSolver(order);
      Batch x = points(diffusers.get("x_T"), 1);
      solve(solver, PROCESS, levels, x, inOrder(diffusers.get("noise")));
      assertPoints(last(diffusers.get(name + "/states")), x, name);
    }
  }

  @Test
  void ordersOfSingleSteps() {
    for (int order = 2; order <= 3; order++) {
      for (int steps = 10; steps <= 20; steps += 10) {
        String name = "dpmpp_single/o" + order + "%s/linspace/S" + steps + "/order_list";
        for (boolean clean : new boolean[] {true, false}) {
          double[] expected =
              diffusers.get(name.replace("%s", clean ? "" : "_final_sigma_min")).toDoubles();
          int[] orders = new DpmSingleStepSolver(order).orders(steps, clean);
          assertArrayEquals(expected, Arrays.stream(orders).asDoubleStream().toArray());
        }
      }
    }
    assertArrayEquals(
        new int[] {1, 2, 3, 1, 2, 1}, new DpmSingleStepSolver(3).orders(6, false), "as diffusers");
  }

  /** Heun's, Euler's and Euler's ancestral one, whose x is in units of σ there. */
  @ParameterizedTest
  @CsvSource({
    "S10, linspace",
    "S20, linspace",
    "S10, trailing",
    "S20, trailing",
    "S10, leading",
    "S20, leading"
  })
  void diffusersSigmaSolvers(String steps, String spacing) {
    for (String kind : List.of("heun", "euler", "euler_ancestral")) {
      String name = kind + "/" + spacing + "/" + steps;
      double[] sigmas =
          Arrays.stream(diffusers.get(name + "/sigmas").toDoubles()).distinct().toArray();
      double[] levels = Arrays.stream(sigmas).map(SolverGoldenTest::level).toArray();
      double start = diffusers.get(name + "/init_noise_sigma").toDoubles()[0];
      for (Solver solver : sigmaSolvers(kind)) {
        Batch x = points(diffusers.get("x_T"), start * PROCESS.alpha(levels[0]));
        solve(solver, PROCESS, levels, x, inOrder(diffusers.get("noise")));
        assertPoints(last(diffusers.get(name + "/states")), x, name + " by " + solver);
      }
    }
  }

  /** DDIM's formula is another form of Euler's. */
  private static List<Solver> sigmaSolvers(String kind) {
    switch (kind) {
      case "heun":
        return List.of(HeunSolver.DEFAULTS);
      case "euler":
        return List.of(EulerSolver.DEFAULTS, new DdimSolver(0), new DpmSolver(1));
      default:
        return List.of(new DdimSolver(1));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "karras18_heun",
        "karras18_euler",
        "karras18_dpmpp_2m",
        "karras18_heun_churn40",
        "karras18_euler_ancestral_eta1",
        "uniform_t18_heun"
      })
  void kDiffusion(String name) {
    boolean uniform = name.startsWith("uniform");
    double[] sigmas = karras.get(uniform ? "uniform_t18/sigmas" : "karras18/sigmas").toDoubles();
    double[] levels = Arrays.stream(sigmas).map(SolverGoldenTest::level).toArray();
    if (!uniform) {
      assertArrayEquals(levels, Spacing.KARRAS.grid(18, PROCESS).levels(), 1e-9);
    }
    Churn churn = new Churn(name.endsWith("churn40") ? 40 : 0, 0.05, 50, 1.003);
    Solver solver =
        name.contains("heun")
            ? new HeunSolver(churn)
            : name.endsWith("euler")
                ? new EulerSolver(churn)
                : name.endsWith("2m") ? new DpmSolver(2) : new DdimSolver(1);
    int[] noisy =
        IntStream.range(0, 18)
            .filter(i -> name.contains("ancestral") || churn.raised(sigmas[i], 18) > sigmas[i])
            .toArray();
    Batch x = points(karras.get("x_T"), sigmas[0] * PROCESS.alpha(levels[0]));
    double[] seen = karras.get("continuous/" + name + "/x_at_eval").toDoubles();
    double[] clean = karras.get("continuous/" + name + "/denoised").toDoubles();
    solve(
        solver,
        PROCESS,
        levels,
        x,
        draws(karras.get("noise"), noisy),
        (step, level, xt, x0) -> {
          int at = 2 * POINTS * step;
          double alpha = PROCESS.alpha(level);
          double[] scaled =
              Arrays.stream(seen, at, at + 2 * POINTS).map(value -> value * alpha).toArray();
          assertPoints(scaled, xt, name + " at " + step);
          assertPoints(Arrays.copyOfRange(clean, at, at + 2 * POINTS), x0, name + " x0 at " + step);
        });
    assertPoints(karras.get("continuous/" + name + "/final").toDoubles(), x, name);
  }

  @ParameterizedTest
  @CsvSource({
    "deterministic, 0, 0, 0, 1",
    "churn40, 40, 0.05, 50, 1.003",
    "churn_all, 10, 0, 1e9, 1"
  })
  void edm(String name, double amount, double from, double to, double noise) {
    double[] sigmas = karras.get("edm/sigmas").toDoubles();
    double[] levels = Arrays.copyOf(sigmas, 19);
    levels[18] = NoiseProcess.CLEAN;
    Churn churn = new Churn(amount, from, to, noise);
    int[] noisy =
        IntStream.range(0, 18).filter(i -> churn.raised(sigmas[i], 18) > sigmas[i]).toArray();
    Batch x = points(karras.get("edm/latents"), 80);
    double[] expected = karras.get("edm/" + name + "/x_at_eval").toDoubles();
    double[] evaluated = karras.get("edm/" + name + "/eval_sigmas").toDoubles();
    solve(
        new HeunSolver(churn),
        new SigmaProcess(1e6),
        levels,
        x,
        draws(karras.get("edm/noise"), noisy),
        (step, level, xt, x0) -> {
          int at = 2 * step; // of two evaluations
          assertEquals(evaluated[at], level, 1e-9 * level);
          int first = 2 * POINTS * at;
          assertPoints(
              Arrays.copyOfRange(expected, first, first + 2 * POINTS), xt, name + " at " + step);
        });
    assertPoints(karras.get("edm/" + name + "/final").toDoubles(), x, name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"euler_maruyama", "reverse_diffusion"})
  void stepsOfTheSde(String name) throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/score_sde_steps.npz");
    double[] t = golden.get("t").toDoubles();
    double[] expected = golden.get(name + "/x").toDoubles();
    float[] starts = golden.get("x").toFloats();
    boolean continuous = name.startsWith("euler");
    Solver solver = continuous ? new EulerMaruyamaSolver() : new ReverseDiffusionSolver();
    for (int i = 0; i < t.length; i++) {
      int at = 2 * POINTS * i;
      Batch x = new Batch(Arrays.copyOfRange(starts, at, at + 2 * POINTS), POINTS, Shape.of(2));
      solve(
          solver,
          new ScoreSdeProcess(1000, continuous),
          new double[] {t[i], t[i] / 2},
          x,
          draws(golden.get("noise"), i));
      assertPoints(Arrays.copyOfRange(expected, at, at + 2 * POINTS), x, name + " at " + t[i]);
    }
  }

  /**
   * Step by step from the stored states: a Langevin step is as long as the score is short, which
   * would amplify a float's rounding from one step to the next.
   */
  @ParameterizedTest
  @ValueSource(strings = {"rd_langevin", "rd_none", "em_none"})
  void predictorsAndCorrectors(String name) throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/score_sde_steps.npz");
    double[] levels = Arrays.copyOf(golden.get("pc20/t").toDoubles(), 21);
    double[] states = golden.get("pc20/" + name + "/states").toDoubles();
    Solver solver =
        name.equals("em_none")
            ? new EulerMaruyamaSolver()
            : name.equals("rd_none")
                ? new ReverseDiffusionSolver()
                : PredictorCorrectorSolver.DEFAULTS;
    for (int i = 0; i < 20; i++) {
      Batch x = new Batch(POINTS, Shape.of(2));
      for (int j = 0; j < 2 * POINTS; j++) {
        x.data()[j] = (float) states[2 * POINTS * i + j];
      }
      NoiseSource predictor = draws(golden.get("pc20/noise_predictor"), i);
      NoiseSource corrector = draws(golden.get("pc20/noise_corrector"), i);
      int[] draws = new int[POINTS];
      solve(
          solver,
          new ScoreSdeProcess(20, name.equals("em_none")),
          Arrays.copyOfRange(levels, i, i + 2),
          x,
          (item, to, offset, length) -> {
            boolean correcting = name.equals("rd_langevin") && draws[item]++ == 0;
            (correcting ? corrector : predictor).fill(item, to, offset, length);
          });
      int next = 2 * POINTS * (i + 1);
      assertPoints(Arrays.copyOfRange(states, next, next + 2 * POINTS), x, name + " " + i);
    }
  }

  /** What the predictor sees after one Langevin step, whose size is each point's own. */
  @Test
  void langevinSteps() throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/score_sde_steps.npz");
    double[] t = golden.get("t").toDoubles();
    float[] starts = golden.get("x").toFloats();
    double[] expected = golden.get("langevin/x").toDoubles();
    for (int i = 0; i < t.length; i++) {
      int at = 2 * POINTS * i;
      double[] right = Arrays.copyOfRange(expected, at, at + 2 * POINTS);
      solve(
          PredictorCorrectorSolver.DEFAULTS,
          new ScoreSdeProcess(1000, false),
          new double[] {t[i], t[i] / 2},
          new Batch(Arrays.copyOfRange(starts, at, at + 2 * POINTS), POINTS, Shape.of(2)),
          draws(golden.get("noise"), i, i),
          (step, level, xt, x0) -> assertPoints(right, xt, "at " + level));
    }
  }
}

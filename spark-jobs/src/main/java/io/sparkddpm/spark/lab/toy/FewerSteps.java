package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.objective.ClockConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.DistillationObjective;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.spark.report.SvgPlot;
import io.sparkddpm.tensor.Batch;
import java.util.Optional;

/** Progressive distillation of a small network, from 1024 steps to one. */
final class FewerSteps implements Toy {
  private static final int T = 1024;
  private static final int STAGES = 10;
  private static final int TEACHER_STEPS = 900;
  private static final int STAGE_STEPS = 150;
  private static final int BATCH = 128;
  private static final int COUNT = 200;
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.of(new LinearSchedule(T, 1e-4, 0.02));
  private static final GaussianDiffusion DIFFUSION =
      new GaussianDiffusion(
          SCHEDULE, new DiffusionConfig(PredictionType.V, VarianceType.BETA, false));

  @Override
  public String name() {
    return "distillation";
  }

  @Override
  public String title() {
    return "Distillation: 1024 steps become one";
  }

  private static PointTraining teacher() {
    return new PointTraining(
            GaussianMixture.PLANE,
            DIFFUSION,
            ObjectiveConfig.DEFAULTS.objective(DIFFUSION, new ConstantWeighting()),
            TEACHER_STEPS)
        .run();
  }

  /** A student of so many steps, which begins as its teacher, of twice as many. */
  private static PointTraining student(PointTraining teacher, int steps) {
    DistillationObjective objective = new DistillationObjective(steps, 1);
    return new PointTraining(
            GaussianMixture.PLANE,
            DIFFUSION,
            objective.objective(
                DIFFUSION, new ConstantWeighting(), Optional.of(teacher.denoiser())),
            objective.clock(new ClockConfig.Uniform(), SCHEDULE, BATCH),
            STAGE_STEPS)
        .startingFrom(teacher)
        .run();
  }

  private static Batch sample(Denoiser denoiser, int steps) {
    return Points.sample(
        DdimSolver.DEFAULTS, denoiser, Spacing.TRAILING.grid(steps, DIFFUSION.process()), 2, COUNT);
  }

  private static double error(Batch found, Batch exact) {
    return Math.sqrt(Points.squaredDistance(found, exact));
  }

  @Override
  public void run(ToyPage page) {
    double[] steps = new double[STAGES];
    double[] skipped = new double[STAGES];
    double[] distilled = new double[STAGES];
    Batch skippedOnce;
    Batch whole;
    PointTraining network = teacher();
    try {
      whole = sample(network.denoiser(), T);
      skippedOnce = sample(network.denoiser(), 1);
      for (int i = 0; i < STAGES; i++) {
        steps[i] = T >> (i + 1);
        skipped[i] = error(sample(network.denoiser(), (int) steps[i]), whole);
      }
      for (int i = 0; i < STAGES; i++) {
        PointTraining student = student(network, (int) steps[i]);
        network.close();
        network = student;
        distilled[i] = error(sample(network.denoiser(), (int) steps[i]), whole);
      }
      show(page, network, whole, skippedOnce, steps, skipped, distilled);
    } finally {
      network.close();
    }
  }

  private static void show(
      ToyPage page,
      PointTraining last,
      Batch whole,
      Batch skippedOnce,
      double[] steps,
      double[] skipped,
      double[] distilled) {
    Batch once = sample(last.denoiser(), 1);
    double variance = Points.variance(whole);
    page.text(
            "DDIM follows the probability-flow ODE, so that noise decides the sample, and a network"
                + " can learn to go farther in a step. A student begins as a copy of its teacher"
                + " and learns, at each level at which its steps begin, the x₀ with which one step"
                + " of its own ends where two of the teacher's do; then it is the next teacher"
                + " (Salimans and Ho 2022, alg. 2). Ten stages of "
                + STAGE_STEPS
                + " steps lead from 1024 steps to one. A single step of the first teacher ends at"
                + " the mean of all data; a single step of the last student ends where the whole"
                + " way does.")
        .formula(
            "x̃_0 = \\frac{x_{u} - (σ_{u}/σ_t) x_t}{α_{u} - (σ_{u}/σ_t) α_t} ,  "
                + "  x_{u} from two steps of the teacher")
        .plots(
            new SvgPlot("steps", "error", "Distance from the teacher's samples of 1024 steps.")
                .logarithmicX()
                .logarithmicY()
                .curve("steps left out", steps, skipped)
                .curve("distilled", steps, distilled),
            Points.scatter("1024 steps of the teacher.", whole),
            Points.scatter("One step of the teacher.", skippedOnce),
            Points.scatter("One step of the last student.", once))
        .atMost(
            "variance of one step of the teacher, over that of its 1024",
            Points.variance(skippedOnce) / variance,
            0.05)
        .near(
            "variance of one step of the student, over that of 1024 of the teacher",
            Points.variance(once) / variance,
            1,
            0.25);
    for (int i = STAGES - 3; i < STAGES; i++) {
      page.atMost(
          "error, distilled over steps left out, of N = " + (int) steps[i],
          distilled[i] / skipped[i],
          0.6);
    }
  }
}

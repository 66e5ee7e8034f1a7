package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.ClassifierFreeGuidance;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.error.UserException;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.solver.HalvedSteps;
import java.util.Optional;

/**
 * One stage of progressive distillation: a student learns to do in N steps of DDIM what a teacher,
 * the same network, does in 2N; Salimans and Ho 2022. The teacher's x_0 is clipped where that of
 * samples is ({@code diffusion.clip-x0}).
 */
@Variant(
    value = "distillation",
    description =
        "what a teacher does in two steps of DDIM, for runs that 'distil' makes (Salimans and Ho"
            + " 2022)")
public record DistillationObjective(
    @Key(value = "of the student; its teacher takes twice as many", range = "[1, inf)") int steps,
    @Key(
            value = "sample.guidance.scale of the teacher, which its student then draws without",
            range = "[0, inf)")
        double guidance)
    implements ObjectiveConfig {
  /** Four steps of a teacher that is not guided. */
  public static final DistillationObjective DEFAULTS = new DistillationObjective(4, 1);

  private static final long serialVersionUID = 1L;

  /** Checks the ranges. */
  public DistillationObjective {
    checkArgument(steps >= 1, "steps must be at least 1, got %s", steps);
    checkArgument(
        guidance >= 0 && guidance <= Double.MAX_VALUE,
        "guidance must be at least 0, got %s",
        guidance);
  }

  @Override
  public boolean hasTeacher() {
    return true;
  }

  @Override
  public Objective objective(
      GaussianDiffusion diffusion, LossWeighting weighting, Optional<Denoiser> teacher) {
    Denoiser unguided =
        teacher.orElseThrow(
            () ->
                new UserException(
                    "training.objective=distillation needs a teacher, which 'distil' gives it"));
    Denoiser guided = ClassifierFreeGuidance.ofScale(guidance).guided(unguided);
    return new DistillationError(
        diffusion, new HalvedSteps(steps, diffusion.process()), diffusion.config().clipped(guided));
  }

  /** Draws the levels at which the student's steps begin. */
  @Override
  public Clock clock(ClockConfig config, NoiseSchedule schedule, int batchSize) {
    HalvedSteps halved = new HalvedSteps(steps, new DiscreteProcess(schedule));
    return new StepClock(halved, config.start(steps, batchSize));
  }

  @Override
  public void check(DiffusionConfig diffusion) {
    checkArgument(
        !diffusion.variance().variance().isLearned(),
        "training.objective=distillation trains no variance, and steps of DDIM use none: the"
            + " teacher must be trained with diffusion.variance beta or beta-tilde");
    checkArgument(
        diffusion.prediction() == PredictionType.V || diffusion.prediction() == PredictionType.X0,
        "training.objective=distillation needs a network that predicts v or x0, this one predicts"
            + " %s, from which x0 cannot be read at the noisiest timesteps, where a student of few"
            + " steps begins: train the teacher with diffusion.prediction=v",
        diffusion.prediction());
  }
}

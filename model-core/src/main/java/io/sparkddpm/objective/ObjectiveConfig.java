package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.OneOf;
import io.sparkddpm.diffusion.DecoderType;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.schedule.NoiseSchedule;
import java.io.Serializable;
import java.util.Optional;

/**
 * Which objective a run has. To add one, write a record with a {@link io.sparkddpm.config.Variant}
 * whose components are its options, and list it here.
 */
@OneOf({
  SimpleObjective.class,
  HybridObjective.class,
  BoundObjective.class,
  DistillationObjective.class,
  SlicedScoreObjective.class,
  ReconstructionObjective.class,
  CrossEntropyObjective.class,
  TokenObjective.class
})
public interface ObjectiveConfig extends Serializable {
  /** L_simple. */
  ObjectiveConfig DEFAULTS = new SimpleObjective();

  /**
   * The objective, for one thread.
   *
   * @param weighting of the squared error; constant for all but the simple one
   * @param teacher what is learned from, neither clipped nor guided; empty unless {@link
   *     #hasTeacher}
   * @throws io.sparkddpm.error.UserException if it needs a teacher and gets none
   */
  Objective objective(
      GaussianDiffusion diffusion, LossWeighting weighting, Optional<Denoiser> teacher);

  /**
   * The same without a teacher.
   *
   * @throws io.sparkddpm.error.UserException if it {@link #hasTeacher}
   */
  default Objective objective(GaussianDiffusion diffusion, LossWeighting weighting) {
    return objective(diffusion, weighting, Optional.empty());
  }

  /** As {@link Objective#evaluations}. */
  default int evaluations() {
    return 1;
  }

  /** Whether its loss compares with another network of the same kind, with which a run begins. */
  default boolean hasTeacher() {
    return false;
  }

  /**
   * A network as this trains it: by default with the output channels of head and variance.
   *
   * @throws IllegalArgumentException saying what goes together, if it does not train such a network
   */
  default NetworkConfig network(DiffusionConfig diffusion, NetworkConfig model) {
    requireDenoiser(model);
    return diffusion.network(model);
  }

  /**
   * Refuses a network that it does not train.
   *
   * @throws IllegalArgumentException saying what goes together
   */
  default void checkNetwork(DiffusionConfig diffusion, NetworkConfig model) {
    requireDenoiser(model);
    diffusion.check(model);
  }

  private static void requireDenoiser(NetworkConfig model) {
    checkArgument(
        model.objective().isEmpty(),
        "model.type=%s predicts no noise: set training.objective.type=%s",
        ConfigBinder.type(model),
        model.objective().orElse(""));
  }

  /** Whether its examples have noise, and timesteps that decide how much. */
  default boolean usesNoise() {
    return true;
  }

  /**
   * What draws the timesteps, as of step 0.
   *
   * @param batchSize examples in a step, over all workers
   */
  default Clock clock(ClockConfig config, NoiseSchedule schedule, int batchSize) {
    return config.start(schedule.steps(), batchSize);
  }

  /** Whether the data are tokens, with noise of their kind. */
  default boolean isOfTokens() {
    return false;
  }

  /** Whether the loss depends on the variance of the reverse process. */
  default boolean usesVariance() {
    return false;
  }

  /** What its bound's last step gives; empty where the loss has no bound of Gaussians. */
  default Optional<DecoderType> lastStep() {
    return Optional.empty();
  }

  /**
   * Refuses a variance that it would not train, or that it cannot do without, and predictions that
   * it cannot train.
   *
   * @throws IllegalArgumentException saying what goes together
   */
  default void check(DiffusionConfig diffusion) {
    checkArgument(
        usesVariance() || !diffusion.variance().variance().isLearned(),
        "diffusion.variance=learned-range is not trained by training.objective=%s; choose the"
            + " objective hybrid or bound",
        ConfigBinder.type(this));
  }
}

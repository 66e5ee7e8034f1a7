package io.sparkddpm.objective;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.network.ClassifierConfig;
import io.sparkddpm.network.NetworkConfig;
import java.util.Optional;

/** The class of a noisy image; Dhariwal and Nichol 2021, sec. 4. */
@Variant(
    value = "cross-entropy",
    description =
        "the class of the noisy image, for model.type=classifier (Dhariwal and Nichol 2021)")
public record CrossEntropyObjective() implements ObjectiveConfig {
  private static final long serialVersionUID = 1L;

  @Override
  public Objective objective(
      GaussianDiffusion diffusion, LossWeighting weighting, Optional<Denoiser> teacher) {
    return new CrossEntropy();
  }

  /** Any: its network predicts classes. */
  @Override
  public void check(DiffusionConfig diffusion) {}

  @Override
  public NetworkConfig network(DiffusionConfig diffusion, NetworkConfig model) {
    checkArgument(
        model instanceof ClassifierConfig,
        "training.objective=cross-entropy trains a classifier: choose model.type=classifier");
    return model;
  }

  /** Any: the classes are the dataset's. */
  @Override
  public void checkNetwork(DiffusionConfig diffusion, NetworkConfig model) {}
}

package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.network.NetworkConfig;
import java.util.Objects;
import java.util.Optional;

/** Classifier guidance, of networks with labels or without. */
@Variant(
    value = "classifier",
    description = "by the gradient of a classifier of noisy images (Dhariwal and Nichol 2021)")
public record ClassifierGuidance(
    @Key(
            value =
                "s of ε − s·σ·∇ ln p of the label: more makes images clearer of their class and"
                    + " less varied, 0 does without the classifier",
            range = "[0, inf)")
        double scale,
    @Key(value = "least noise level σ/α at which guidance acts", range = "[0, inf)") double from,
    @Key(value = "largest noise level σ/α at which guidance acts", range = "[0, inf)") double to,
    @Key("the classifier: a run that 'train-classifier' made, or a checkpoint of it") String run,
    @Key("which of the classifier's weights: raw, ema-RATE or power-WIDTH") String weights)
    implements GuidanceConfig {
  /** At all levels, by the classifier's raw weights; which classifier must be said. */
  public static final ClassifierGuidance DEFAULTS = new ClassifierGuidance(1, 0, 1e6, "", "raw");

  private static final long serialVersionUID = 1L;

  /** Checks the ranges. */
  public ClassifierGuidance {
    Objects.requireNonNull(run);
    Objects.requireNonNull(weights);
    checkArgument(
        scale >= 0 && scale <= Double.MAX_VALUE,
        "guidance.scale must be at least 0, got %s",
        scale);
    checkArgument(
        from >= 0 && from <= to, "need 0 <= guidance.from <= guidance.to, got %s, %s", from, to);
  }

  /** The same wherever the classifier is: what the classifier is, others say. */
  public ClassifierGuidance withoutRun() {
    return new ClassifierGuidance(scale, from, to, "", weights);
  }

  @Override
  public boolean isOn() {
    return scale != 0;
  }

  @Override
  public boolean evaluatesTwice() {
    return false;
  }

  /** It guides any network. */
  @Override
  public void check(NetworkConfig network) {}

  @Override
  public Denoiser guided(Denoiser denoiser, Optional<ClassScore> score) {
    return isOn() ? new ClassifierGuidedDenoiser(denoiser, this, score.orElseThrow()) : denoiser;
  }
}

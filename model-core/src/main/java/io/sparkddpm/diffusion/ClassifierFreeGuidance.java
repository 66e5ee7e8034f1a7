package io.sparkddpm.diffusion;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.network.NetworkConfig;
import java.util.Optional;

/** Classifier-free guidance: how far samples are pushed towards their labels. */
@Variant(
    value = "classifier-free",
    description = "by the network's own prediction without labels (Ho and Salimans 2022)")
public record ClassifierFreeGuidance(
    @Key(
            value =
                "s of ε + s·(ε of the label − ε): 1 draws by labels alone, more makes images"
                    + " clearer of their class and less varied, 0 ignores labels; needs a network"
                    + " trained with model.label-dropout; costs a second evaluation",
            range = "[0, inf)",
            absent = "1.0")
        double scale,
    @Key(
            value =
                "least noise level σ/α at which guidance acts; outside, images are drawn by labels",
            range = "[0, inf)",
            absent = "0.0")
        double from,
    @Key(
            value = "largest noise level σ/α at which guidance acts",
            range = "[0, inf)",
            absent = "1000000.0")
        double to,
    @Key(
            value =
                "how far the guided x0 of an image is brought back to the standard deviation that"
                    + " it has without guidance, against colours that are too strong; 0: not",
            range = "[0, 1]",
            absent = "0.0")
        double rescale)
    implements GuidanceConfig {
  /** By labels alone. */
  public static final ClassifierFreeGuidance DEFAULTS = new ClassifierFreeGuidance(1, 0, 1e6, 0);

  private static final long serialVersionUID = 1L;

  /** At all levels, not rescaled. */
  public static ClassifierFreeGuidance ofScale(double scale) {
    return new ClassifierFreeGuidance(scale, DEFAULTS.from, DEFAULTS.to, DEFAULTS.rescale);
  }

  /** Checks the ranges. */
  public ClassifierFreeGuidance {
    checkArgument(
        scale >= 0 && scale <= Double.MAX_VALUE,
        "guidance.scale must be at least 0, got %s",
        scale);
    checkArgument(
        from >= 0 && from <= to, "need 0 <= guidance.from <= guidance.to, got %s, %s", from, to);
    checkArgument(
        rescale >= 0 && rescale <= 1, "guidance.rescale must be in [0, 1], got %s", rescale);
  }

  /** Whether anything but the label's own prediction is used. */
  @Override
  public boolean isOn() {
    return scale != 1;
  }

  @Override
  public boolean evaluatesTwice() {
    return isOn();
  }

  @Override
  public void check(NetworkConfig network) {
    checkArgument(
        !isOn() || network.labelDropout() > 0,
        "guidance.scale = %s needs a network that also learned without labels, this one has"
            + " model.label-dropout = 0",
        scale);
  }

  /** A denoiser with this guidance. */
  public Denoiser guided(Denoiser denoiser) {
    return guided(denoiser, Optional.empty());
  }

  @Override
  public Denoiser guided(Denoiser denoiser, Optional<ClassScore> score) {
    return isOn() ? new GuidedDenoiser(denoiser, this) : denoiser;
  }
}

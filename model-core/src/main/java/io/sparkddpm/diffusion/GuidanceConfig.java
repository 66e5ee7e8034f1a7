package io.sparkddpm.diffusion;

import io.sparkddpm.config.OneOf;
import io.sparkddpm.network.NetworkConfig;
import java.io.Serializable;
import java.util.Optional;

/**
 * How samples are pushed towards their classes. To add a kind, write a record with a {@link
 * io.sparkddpm.config.Variant} whose components are its options, a {@link Denoiser} that decorates
 * another one, and list the record here.
 */
@OneOf({ClassifierFreeGuidance.class, ClassifierGuidance.class})
public interface GuidanceConfig extends Serializable {
  /** How far. */
  double scale();

  /** Least noise level σ/α at which it acts. */
  double from();

  /** Largest noise level σ/α at which it acts. */
  double to();

  /** Whether it changes anything. */
  boolean isOn();

  /** Whether the network is evaluated twice where it acts. */
  boolean evaluatesTwice();

  /**
   * Refuses a network that it cannot guide.
   *
   * @throws IllegalArgumentException saying what it needs
   */
  void check(NetworkConfig network);

  /** Whether it acts at a level. */
  default boolean actsAt(NoiseProcess process, double level) {
    double noise = process.noiseLevel(level);
    return noise >= from() && noise <= to();
  }

  /**
   * A denoiser with this guidance.
   *
   * @param score of the classifier; empty for kinds that use none
   */
  Denoiser guided(Denoiser denoiser, Optional<ClassScore> score);
}

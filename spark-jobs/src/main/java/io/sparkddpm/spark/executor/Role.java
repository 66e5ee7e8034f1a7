package io.sparkddpm.spark.executor;

/** What a task uses a model for. A task holds at most one model of each role at a time. */
public enum Role {
  /** Predicts the noise, or the image; the one that is trained and sampled from. */
  DENOISER,
  /** A finished denoiser whose predictions another one learns. */
  TEACHER,
  /** Classifies noisy images; its gradient guides the denoiser. */
  CLASSIFIER,
  /** Encodes data as latents, and decodes latents. */
  CODEC
}

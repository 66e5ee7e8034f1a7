package io.sparkddpm.codec;

import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * Turns data into the latents that a diffusion model is trained on and draws, and latents back into
 * data. For models that work on the data itself the two are the same: {@link IdentityCodec}. One
 * thread at a time.
 *
 * <p>Another codec (a trained autoencoder) is one class. An item's latents and data depend on that
 * item alone, not on the batch.
 */
public interface Codec {
  /** The shape of the latents of an item of data. */
  Shape latentShape(Shape data);

  /**
   * Data as latents.
   *
   * @param data values in [-1, 1]; not changed
   * @return of {@link #latentShape}, {@code data} itself if the codec changes nothing
   */
  Batch encode(Batch data);

  /**
   * Latents as data.
   *
   * @param latents not changed
   * @return values in about [-1, 1]; {@code latents} itself if the codec changes nothing
   */
  Batch decode(Batch latents);
}

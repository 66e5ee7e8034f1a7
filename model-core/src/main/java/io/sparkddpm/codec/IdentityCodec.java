package io.sparkddpm.codec;

import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/** The codec of models that work on the data itself; returns what it is given. */
public final class IdentityCodec implements Codec {
  @Override
  public Shape latentShape(Shape data) {
    return data;
  }

  @Override
  public Batch encode(Batch data) {
    return data;
  }

  @Override
  public Batch decode(Batch latents) {
    return latents;
  }
}

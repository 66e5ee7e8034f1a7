package io.sparkddpm.network;

import io.sparkddpm.tensor.Shape;
import java.util.List;

/**
 * GroupNorm (Wu and He 2018), then SiLU.
 *
 * @param in channels first
 * @param groups that the channels are normalised in; divides their number
 */
public record NormActivation(String name, Shape in, int groups) implements BodyNode {
  /** Checks the groups. */
  public NormActivation {
    Groups.check(name, in.dim(0), groups);
  }

  @Override
  public Shape out() {
    return in;
  }

  @Override
  public List<ParameterSpec> parameters() {
    return ParameterSpec.norm(name, in.dim(0));
  }

  @Override
  public long flops() {
    return 0;
  }

  /** The norm and its activation. */
  @Override
  public Activations activations() {
    return Activations.of(2L * in.length());
  }
}

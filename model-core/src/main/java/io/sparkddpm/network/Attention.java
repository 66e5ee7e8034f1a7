package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.tensor.Shape;
import java.util.List;

/**
 * GroupNorm, self-attention over all places, with a residual; Ho et al. 2020, app. B. Each head has
 * its share of the channels and scales the products by the root of their number.
 *
 * @param in channels first
 * @param groups of the norm
 * @param heads that the channels are shared out to; divides their number
 */
public record Attention(String name, Shape in, int groups, int heads) implements BodyNode {
  /** Checks groups and heads. */
  public Attention {
    Groups.check(name + ".norm", in.dim(0), groups);
    checkArgument(
        heads >= 1 && in.dim(0) % heads == 0,
        "%s has %s heads, which must divide its %s channels",
        name,
        heads,
        in.dim(0));
  }

  @Override
  public Shape out() {
    return in;
  }

  @Override
  public List<ParameterSpec> parameters() {
    int channels = in.dim(0);
    return ParameterSpec.concat(
        ParameterSpec.norm(norm(), channels),
        ParameterSpec.convolution(query(), in, channels, Kernel.POINT, 1),
        ParameterSpec.convolution(key(), in, channels, Kernel.POINT, 1),
        ParameterSpec.convolution(value(), in, channels, Kernel.POINT, 1),
        ParameterSpec.convolution(output(), in, channels, Kernel.POINT, ParameterSpec.NEAR_ZERO));
  }

  @Override
  public long flops() {
    return 4 * Flops.convolution(in.dim(0), in, Kernel.POINT) + Flops.attention(in);
  }

  /** The norm, three kinds of rows, what was attended in two layouts, the result. */
  @Override
  public Activations activations() {
    long places = Flops.places(in);
    return new Activations(7L * in.length(), 2 * heads * places * places);
  }

  /** Name of the norm. */
  public String norm() {
    return name + ".norm";
  }

  /** Name of the convolution that makes the queries. */
  public String query() {
    return name + ".q";
  }

  /** Name of the convolution that makes the keys. */
  public String key() {
    return name + ".k";
  }

  /** Name of the convolution that makes the values. */
  public String value() {
    return name + ".v";
  }

  /** Name of the convolution of what was attended. */
  public String output() {
    return name + ".proj_out";
  }
}

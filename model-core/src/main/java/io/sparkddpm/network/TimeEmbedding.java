package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.List;

/**
 * The level of noise: sines and cosines (Vaswani et al. 2017, official layout), then two dense
 * layers with SiLU between; Ho et al. 2020, app. B.
 *
 * @param channels sines and cosines, even, at least 4
 * @param width of both layers
 */
public record TimeEmbedding(int channels, int width) implements EmbeddingNode {
  /** Checks the number of waves. */
  public TimeEmbedding {
    checkArgument(
        channels >= 4 && channels % 2 == 0,
        "a time embedding needs an even number of at least 4 waves, got %s",
        channels);
  }

  /** Checks the base width of a network, which is the number of its waves. */
  static void checkWidth(int channels) {
    checkArgument(
        channels >= 4 && channels % 2 == 0,
        "channels must be even and at least 4, as the time's sines and cosines are, got %s",
        channels);
  }

  /**
   * Writes [sin(t·f_0) …, cos(t·f_0) …] with f_i = 10000^(−i/(half − 1)).
   *
   * @param level zero-based timestep, not negative; need not be whole
   * @param out receives {@code channels} values from {@code offset}
   */
  public void waves(double level, float[] out, int offset) {
    int half = channels / 2;
    for (int i = 0; i < half; i++) {
      double angle = level * StrictMath.exp(-StrictMath.log(10000.0) * i / (half - 1));
      out[offset + i] = (float) StrictMath.sin(angle);
      out[offset + half + i] = (float) StrictMath.cos(angle);
    }
  }

  @Override
  public List<ParameterSpec> parameters() {
    return ParameterSpec.concat(
        ParameterSpec.dense(first(), channels, width), ParameterSpec.dense(second(), width, width));
  }

  @Override
  public long flops() {
    return Flops.dense(channels, width) + Flops.dense(width, width);
  }

  /** The waves, the first layer, its activation, the second layer. */
  @Override
  public Activations activations() {
    return Activations.of(channels + 3L * width);
  }

  /** Name of the first dense layer. */
  public String first() {
    return "temb_dense0";
  }

  /** Name of the second dense layer. */
  public String second() {
    return "temb_dense1";
  }
}

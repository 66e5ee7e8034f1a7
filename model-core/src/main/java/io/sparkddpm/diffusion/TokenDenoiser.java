package io.sparkddpm.diffusion;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.network.Network;
import io.sparkddpm.tensor.Batch;
import java.util.Objects;
import java.util.Optional;

/**
 * A network that gives logits of the clean tokens. Its x_0 is p(x_0 | x_t), which is the mean of
 * the sequence as a network sees it; it has no ε. One thread at a time.
 */
final class TokenDenoiser implements Denoiser {
  private final Network network;
  private final TokenNoise noise;
  private final NoiseProcess process;
  private final Variance variance;
  private final TokenLogits logits;
  private Batch output;

  /**
   * @param network the owner closes it
   * @param noise that it was trained with
   * @param process whose levels these are
   * @param variance of no effect
   */
  TokenDenoiser(Network network, TokenNoise noise, NoiseProcess process, Variance variance) {
    this.network = Objects.requireNonNull(network);
    this.noise = Objects.requireNonNull(noise);
    this.process = Objects.requireNonNull(process);
    this.variance = Objects.requireNonNull(variance);
    this.logits = new TokenLogits(noise);
  }

  @Override
  public NoiseProcess process() {
    return process;
  }

  @Override
  public Variance variance() {
    return variance;
  }

  @Override
  public Optional<TokenNoise> tokenNoise() {
    return Optional.of(noise);
  }

  @Override
  public void predict(Batch x, double[] levels, Condition condition, Reading reading) {
    if (output == null || !output.sameShape(x)) {
      output = x.like();
    }
    network.forward(x, levels, condition, output);
    int places = TokenLogits.places(x);
    float[] to = reading.x0().data();
    for (int n = 0; n < x.count(); n++) {
      for (int place = 0; place < places; place++) {
        double[] probabilities = logits.read(output, n, place, TokenLogits.state(x, n, place));
        double sum = 0;
        for (int k = 0; k < noise.states(); k++) {
          to[x.offset(n) + k * places + place] = (float) probabilities[k];
          sum += probabilities[k];
        }
        if (Double.isNaN(sum)) {
          throw NetworkDenoiser.notFinite(levels[n]);
        }
      }
    }
  }
}

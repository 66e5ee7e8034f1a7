package io.sparkddpm.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkFlopsTest {
  /** An independent count of the layers with weights gives 36.3 GFLOP an image in training. */
  @Test
  void theCifarNetwork() {
    double attentionAt16 = 5 * 4.0 * 256 * 256 * 256;
    double attentionAt4 = 4.0 * 16 * 16 * 256;
    double products = 3 * (attentionAt16 + attentionAt4);
    assertEquals(36.3e9, UNetConfig.DEFAULTS.spec().trainingFlops() - products, 0.05e9);
  }

  /** One level of 32 channels, counted by hand. */
  @Test
  void aSmallNetworkByHand() {
    UNetConfig config = new UNetConfig(8, 3, 3, 32, List.of(1), 1, List.of(), 0);
    long p = 64;
    long conv = 2 * 9 * 32 * 32 * p;
    long residual = 2 * conv + 2 * 128 * 32;
    long up = 2 * 9 * 64 * 32 * p + conv + 2 * 128 * 32 + 2 * 64 * 32 * p;
    long attention = 4 * 2 * 32 * 32 * p + 4 * p * p * 32;
    long ends = 2 * (2 * 9 * 3 * 32 * p) + 2 * 32 * 128 + 2 * 128 * 128;
    assertEquals(ends + 3 * residual + attention + 2 * up, config.spec().forwardFlops());
  }

  /** Two levels of 8 channels and latents of 1×2×2, counted by hand. */
  @Test
  void anAutoencoderByHand() {
    AutoencoderConfig config =
        new AutoencoderConfig(4, 2, 1, 8, List.of(1, 1), 1, true, true, 2, 0);
    long large = 16;
    long small = 4;
    long convolution = 2 * 9 * 8 * 8;
    long attention = 4 * 2 * 8 * 8 * small + 4 * small * small * 8;
    long middle = 4 * convolution * small + attention;
    long encoder =
        2 * 9 * 2 * 8 * large // from the image
            + 2 * convolution * large
            + convolution * small // halves
            + 2 * convolution * small
            + middle
            + 2 * 9 * 8 * 2 * small
            + 2 * 2 * 2 * small;
    long decoder =
        2 * small
            + 2 * 9 * 8 * small
            + middle
            + 4 * convolution * small
            + convolution * large // doubles
            + 4 * convolution * large
            + 2 * 9 * 8 * 2 * large;
    assertEquals(encoder, config.encoder().spec().forwardFlops());
    assertEquals(decoder, config.decoder().spec().forwardFlops());
    assertEquals(encoder + decoder, config.spec().forwardFlops());
    long parameters = config.spec().parameterCount();
    assertEquals(
        parameters,
        config.encoder().spec().parameterCount() + config.decoder().spec().parameterCount());
  }
}

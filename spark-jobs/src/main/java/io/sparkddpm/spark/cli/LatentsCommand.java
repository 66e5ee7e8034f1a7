package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.latent.LatentJob;
import java.util.Locale;
import picocli.CommandLine.Command;

/** {@code latents}: images become latents, to train a diffusion model on. */
@Command(
    name = "latents",
    description = {
      "Encodes a dataset of images as one of latents, by an autoencoder (docs/latents.md).",
      "'train' takes the result as it takes images; a rerun encodes only what is missing."
    },
    mixinStandardHelpOptions = true)
final class LatentsCommand extends AutoencoderCommand {
  @Override
  String name() {
    return "latents";
  }

  @Override
  void run(Run run) {
    LatentJob.Latents made = job(run).encode();
    print(
        String.format(
            Locale.ROOT,
            "%s: %d latents (%d made now), %s, times %.6g, by %s of %s, fingerprint %s",
            made.dataset(),
            made.images(),
            made.made(),
            made.layout(),
            made.codec().scale(),
            made.codec().weights(),
            made.codec().checkpoint(),
            made.fingerprint()));
  }
}

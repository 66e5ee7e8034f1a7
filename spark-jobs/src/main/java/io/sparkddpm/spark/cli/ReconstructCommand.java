package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.latent.LatentJob;
import java.util.Locale;
import picocli.CommandLine.Command;

/** {@code reconstruct}: images through an autoencoder and back. */
@Command(
    name = "reconstruct",
    description = {
      "Encodes a dataset's images by an autoencoder and decodes them again, into a dataset with the"
          + " same ids and labels (docs/latents.md).",
      "'fid' compares it with the images; a rerun makes only what is missing."
    },
    mixinStandardHelpOptions = true)
final class ReconstructCommand extends AutoencoderCommand {
  @Override
  String name() {
    return "reconstruct";
  }

  @Override
  void run(Run run) {
    LatentJob.Reconstructions made = job(run).reconstruct();
    print(
        String.format(
            Locale.ROOT,
            "%s: %d images (%d made now), PSNR %.2f dB, fingerprint %s",
            made.dataset(),
            made.images(),
            made.made(),
            made.psnr(),
            made.fingerprint()));
  }
}

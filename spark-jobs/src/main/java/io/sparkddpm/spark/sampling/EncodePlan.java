package io.sparkddpm.spark.sampling;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.solver.ProbabilityFlow;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;

/**
 * All that decides what comes of encoding images.
 *
 * @param images the network, the images, and the levels
 * @param config how the ODE is followed
 * @param probes of the divergence for the density; 0: none is computed
 */
record EncodePlan(SamplePlan images, EncodeConfig config, int probes) implements Serializable {
  EncodePlan {
    checkArgument(probes >= 0, "probes must not be negative, got %s", probes);
    checkArgument(
        probes == 0 || images.codec().equals(SamplePlan.NO_CODEC),
        "bits per dimension are of latents here, not of images; leave --probes at 0");
  }

  /** The flow of a model, neither guided nor clipped. */
  ProbabilityFlow flow(Denoiser plain) {
    return new ProbabilityFlow(plain, images.grid(), config.method(), ShardSampler::stopIfKilled);
  }

  /** The configuration as manifests keep it. */
  SortedMap<String, String> toMap() {
    SortedMap<String, String> map = images.toMap();
    ConfigText.recorded(config).forEach((key, value) -> map.put("encode." + key, value));
    map.put("encode.probes", Integer.toString(probes));
    return map;
  }

  /** Equal for plans that give equal numbers. */
  String fingerprint() {
    String text = images.fingerprint() + "\n" + ConfigText.render(toMap());
    return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
  }
}

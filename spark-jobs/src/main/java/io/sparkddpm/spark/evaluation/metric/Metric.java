package io.sparkddpm.spark.evaluation.metric;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.statistics.inception.InceptionLayer;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a measurement may say of two sets of images, all in one pass over them. */
public enum Metric {
  /** The Fréchet distance over the chosen layer; always there. */
  FID,
  /** The Fréchet distance over spatial features (guided-diffusion). */
  SFID,
  /** The Inception Score of the samples. */
  IS,
  /** The kernel distance, over all pairs and over seeded subsets. */
  KID,
  /** Precision and recall. */
  PR,
  /** Density and coverage. */
  DC;

  /** Whether it compares vectors pair by pair, for which the reference's must be at hand. */
  public boolean needsFeatures() {
    return this == KID || this == PR || this == DC;
  }

  /**
   * Layers that the chosen metrics take beside the configured one.
   *
   * @param inception the network's file
   * @throws UserException if there are any, but only the random network
   */
  public static List<InceptionLayer> layers(FidConfig config, Optional<URI> inception) {
    List<InceptionLayer> layers = new ArrayList<>();
    Set<Metric> metrics = of(config.metrics());
    if (metrics.contains(SFID)) {
      layers.add(InceptionLayer.SPATIAL);
    }
    if (metrics.contains(IS)) {
      layers.add(InceptionLayer.LOGITS_WITHOUT_BIAS);
    }
    if (inception.isEmpty() && !layers.isEmpty()) {
      throw new UserException(
          "sfid and is are of the Inception network: name its file (--inception)");
    }
    return layers;
  }

  /**
   * The metrics of these names, and {@link #FID} in any case.
   *
   * @throws UserException naming one that there is none of
   */
  public static Set<Metric> of(List<String> names) {
    Set<Metric> metrics = EnumSet.of(FID);
    for (String name : names) {
      metrics.add(
          Arrays.stream(values())
              .filter(m -> m.name().toLowerCase(Locale.ROOT).equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new UserException(
                          "metrics: none is called '%s'; there are %s",
                          name,
                          Arrays.stream(values())
                              .map(m -> m.name().toLowerCase(Locale.ROOT))
                              .collect(Collectors.joining(", ")))));
    }
    return metrics;
  }
}

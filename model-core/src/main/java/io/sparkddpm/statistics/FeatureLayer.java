package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import java.io.Serializable;

/**
 * One output of a feature extractor.
 *
 * @param name what users choose it by, such as "2048"
 * @param dimension values per image, D
 * @param metric how a Fréchet distance over these features is called; only the last pooling layer
 *     of the published network gives "FID"
 */
public record FeatureLayer(String name, int dimension, String metric) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Checks that no part is empty. */
  public FeatureLayer {
    checkArgument(!name.isEmpty() && !metric.isEmpty(), "a layer needs a name and a metric");
    checkArgument(
        dimension >= 1, "layer %s must have at least 1 dimension, got %d", name, dimension);
  }
}

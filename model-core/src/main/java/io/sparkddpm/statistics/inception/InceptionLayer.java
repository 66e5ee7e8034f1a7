package io.sparkddpm.statistics.inception;

import io.sparkddpm.error.UserException;
import io.sparkddpm.statistics.FeatureLayer;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The layers of Inception-v3 that distances are taken over, from shallow to deep. */
public enum InceptionLayer {
  /** Mean over the first max pooling, {@code pool}. */
  L64("64", 64, "FID-64", "pool"),
  /** Mean over the second max pooling, {@code pool_1}. */
  L192("192", 192, "FID-192", "pool_1"),
  /**
   * First seven channels of {@code mixed_6/conv}, 17×17×7 in h, w, c order, as guided-diffusion.
   */
  SPATIAL("sfid", 2023, "sFID", "mixed_6"),
  /** Mean over {@code mixed_7/join}. */
  L768("768", 768, "FID-768", "mixed_7"),
  /** Mean over {@code mixed_8/join}. */
  L1280("1280", 1280, "FID-1280", "mixed_8"),
  /** {@code pool_3}, the layer of the published FID. */
  L2048("2048", 2048, "FID", "mixed_10"),
  /** The logits of the 1008 classes. */
  LOGITS("logits", 1008, "FD-logits", "mixed_10"),
  /**
   * The same without the bias, as the Inception Score has always been computed: its first program
   * multiplies by the weights of the last layer and leaves the bias out.
   */
  LOGITS_WITHOUT_BIAS("logits-without-bias", 1008, "FD-logits-without-bias", "mixed_10");

  /** Channels of a 17×17 layer that make up the spatial features. */
  static final int SPATIAL_CHANNELS = 7;

  private final String layerName;
  private final int dimension;
  private final String metric;
  private final String tap;

  InceptionLayer(String layerName, int dimension, String metric, String tap) {
    this.layerName = layerName;
    this.dimension = dimension;
    this.metric = metric;
    this.tap = tap;
  }

  /** The name that users choose the layer by. */
  public String layerName() {
    return layerName;
  }

  int dimension() {
    return dimension;
  }

  /** The program's tensor that the layer is read from. */
  String tap() {
    return tap;
  }

  boolean isLogits() {
    return this == LOGITS || this == LOGITS_WITHOUT_BIAS;
  }

  /**
   * The layer as the rest of the system sees it.
   *
   * @param published whether it is the published network's; if not, no distance over it is called a
   *     FID
   */
  public FeatureLayer describe(boolean published) {
    return new FeatureLayer(layerName, dimension, published ? metric : "fd-inception-" + layerName);
  }

  /**
   * The layer of that name.
   *
   * @throws UserException if there is none
   */
  public static InceptionLayer of(String name) {
    for (InceptionLayer layer : values()) {
      if (layer.layerName.equals(name)) {
        return layer;
      }
    }
    String known = Arrays.stream(values()).map(l -> l.layerName).collect(Collectors.joining(", "));
    throw new UserException("layer: no Inception layer is called '%s'; there are %s", name, known);
  }
}

package io.sparkddpm.fid.network;

import io.sparkddpm.error.UserException;
import io.sparkddpm.fid.FeatureLayer;
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
  /** The logits of the 1008 classes, for the Inception Score. */
  LOGITS("logits", 1008, "fd-logits", "logits");

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

  /**
   * The layer as the rest of the system sees it.
   *
   * @param published whether the file may be the published one; if it cannot be, its last layer
   *     does not give a "FID"
   */
  public FeatureLayer describe(boolean published) {
    boolean misnamed = this == L2048 && !published;
    return new FeatureLayer(layerName, dimension, misnamed ? "fd-inception-2048" : metric);
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

package io.sparkddpm.spark.evaluation.stats;

import io.sparkddpm.error.UserException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Tools that write statistics as .npz files of mu and sigma. All of them take features by the
 * network of 2015-12-05; they differ in how they resize images.
 */
public enum NpzOrigin {
  /** bioinf-jku/TTUR, the published FID: TensorFlow 1's bilinear resize. */
  TTUR("tf1"),
  /** NVlabs/edm and stylegan: reproduces TensorFlow 1's resize. */
  EDM("tf1"),
  /** mseitzer/pytorch-fid: bilinear with half-pixel centres, without antialiasing. */
  PYTORCH_FID("pytorch"),
  /** GaParmar/clean-fid in its mode "clean": antialiased bicubic. */
  CLEAN_FID("clean");

  private final String resize;

  NpzOrigin(String resize) {
    this.resize = resize;
  }

  /** The named resize mode. */
  public String resize() {
    return resize;
  }

  /** What users call it. */
  public String toolName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The tool of that name.
   *
   * @throws UserException if there is none
   */
  public static NpzOrigin of(String name) {
    for (NpzOrigin origin : values()) {
      if (origin.toolName().equals(name)) {
        return origin;
      }
    }
    throw new UserException(
        "origin: no tool is called '%s'; there are %s",
        name, Arrays.stream(values()).map(NpzOrigin::toolName).collect(Collectors.joining(", ")));
  }
}

package io.sparkddpm.statistics;

import io.sparkddpm.error.UserException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The ways in which tools resize images for the network. Distances by different ones must not be
 * compared: they differ by tenths on the same images.
 */
public enum ResizeMode {
  /** The published one: TensorFlow 1's bilinear; input (v − 128)/128. */
  TF1 {
    @Override
    public InputResize from(int height, int width, int size) {
      return new Tf1BilinearResize(height, width, size);
    }
  },
  /** As pytorch-fid: bilinear with half-pixel centres, no antialiasing; input 2·v/255 − 1. */
  PYTORCH {
    @Override
    public InputResize from(int height, int width, int size) {
      return new PytorchBilinearResize(height, width, size);
    }

    @Override
    public float share(float input) {
      return (input + 1) / 2;
    }
  },
  /** As clean-fid: antialiased bicubic, in float, cut to 0…255; input (v − 128)/128. */
  CLEAN {
    @Override
    public InputResize from(int height, int width, int size) {
      return new CleanBicubicResize(height, width, size);
    }
  };

  /** From images of height × width to size × size. */
  public abstract InputResize from(int height, int width, int size);

  /** A value of {@link InputResize}'s target as a share of the largest one, 0…1. */
  public float share(float input) {
    return (input + 1) * (128f / 255f);
  }

  /** The name in options, results and statistics. */
  public String modeName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The mode of that name.
   *
   * @throws UserException if there is none
   */
  public static ResizeMode of(String name) {
    for (ResizeMode mode : values()) {
      if (mode.modeName().equals(name)) {
        return mode;
      }
    }
    throw new UserException(
        "resize: no mode is called '%s'; there are %s",
        name, Arrays.stream(values()).map(ResizeMode::modeName).collect(Collectors.joining(", ")));
  }
}

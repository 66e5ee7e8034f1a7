package io.sparkddpm.statistics;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Brings images of any sizes to a network's input. Sets of mixed sizes often have few of them: what
 * the last ones need is kept. One thread at a time.
 */
public final class InputResizes {
  private static final int KNOWN_SIZES = 16;

  private final ResizeMode mode;
  private final int side;
  private final Deque<InputResize> known = new ArrayDeque<>();

  /**
   * @param side of the network's input
   */
  public InputResizes(ResizeMode mode, int side) {
    this.mode = mode;
    this.side = side;
  }

  /**
   * Resizes and scales one image.
   *
   * @param target receives [3, side, side], about −1…1
   */
  public void toInput(RgbImage image, float[] target) {
    from(image.height(), image.width()).toInput(image.pixels(), 0, target);
  }

  private InputResize from(int height, int width) {
    for (InputResize resize : known) {
      if (resize.takes(height, width)) {
        return resize;
      }
    }
    InputResize made = mode.from(height, width, side);
    known.addFirst(made);
    if (known.size() > KNOWN_SIZES) {
      known.removeLast();
    }
    return made;
  }
}

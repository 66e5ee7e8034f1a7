package io.sparkddpm.fid.network;

import io.sparkddpm.fid.network.InceptionProgram.View;
import org.bytedeco.javacpp.FloatPointer;

/**
 * 3×3 maximum with stride 2 and no padding, in plain Java plane by plane: the native operation
 * takes ten times as long on the 147×147 planes.
 */
final class HalvingMaxPool implements Runnable {
  private final View in;
  private final FloatPointer source;
  private final View out;
  private final FloatPointer target;
  private final int count;
  private final float[] plane;
  private final float[] columns;
  private final float[] result;

  /**
   * @param source where the input's slot begins; {@code target} likewise
   * @param count images
   */
  HalvingMaxPool(View in, FloatPointer source, View out, FloatPointer target, int count) {
    this.in = in;
    this.source = source;
    this.out = out;
    this.target = target;
    this.count = count;
    this.plane = new float[in.height() * in.width()];
    this.columns = new float[in.width()];
    this.result = new float[out.height() * out.width()];
  }

  @Override
  public void run() {
    for (int n = 0; n < count; n++) {
      for (int c = 0; c < in.channels(); c++) {
        source.position(in.offset(n) + (long) c * plane.length).get(plane, 0, plane.length);
        pool();
        target.position(out.offset(n) + (long) c * result.length).put(result, 0, result.length);
      }
    }
  }

  private void pool() {
    int width = in.width();
    for (int y = 0; y < out.height(); y++) {
      int row = 2 * y * width;
      for (int x = 0; x < width; x++) {
        float upper = Math.max(plane[row + x], plane[row + width + x]);
        columns[x] = Math.max(upper, plane[row + 2 * width + x]);
      }
      int to = y * out.width();
      for (int x = 0; x < out.width(); x++) {
        result[to + x] = Math.max(Math.max(columns[2 * x], columns[2 * x + 1]), columns[2 * x + 2]);
      }
    }
  }
}

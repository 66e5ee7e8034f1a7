package io.sparkddpm.kernels;

import io.sparkddpm.memory.Tensor;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Rows of a table by their number, in host memory. */
final class VectorTable {
  private VectorTable() {}

  /** Emits {@link Kernels#lookUp}. */
  static void lookUp(Program program, PieceBuffers stage, Tensor table, int[] labels, Tensor out) {
    int width = table.size(1);
    stage.reserve(width);
    program.emit(
        LayerKind.DENSE,
        () -> {
          FloatBuffer from = table.floats();
          FloatBuffer to = out.floats();
          return () -> {
            for (int n = 0; n < labels.length; n++) {
              if (labels[n] >= 0) {
                from.get(labels[n] * width, stage.x, 0, width);
              } else {
                Arrays.fill(stage.x, 0, width, 0f);
              }
              to.put(n * width, stage.x, 0, width);
            }
          };
        });
  }

  /** Emits {@link Kernels#lookUpBackward}. */
  static void lookUpBackward(
      Program program, PieceBuffers stage, Tensor dout, int[] labels, Tensor dtable) {
    int width = dtable.size(1);
    stage.reserve(width);
    program.emit(
        LayerKind.DENSE,
        () -> {
          FloatBuffer from = dout.floats();
          FloatBuffer to = dtable.floats();
          return () -> {
            Arrays.fill(stage.y, 0, width, 0f);
            for (int row = 0; row < dtable.size(0); row++) {
              to.put(row * width, stage.y, 0, width);
            }
            for (int n = 0; n < labels.length; n++) {
              if (labels[n] >= 0) {
                from.get(n * width, stage.x, 0, width);
                to.get(labels[n] * width, stage.y, 0, width);
                stage.addXToY(width);
                to.put(labels[n] * width, stage.y, 0, width);
              }
            }
          };
        });
  }
}

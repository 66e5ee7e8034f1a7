package io.sparkddpm.kernels;

/** What {@link PieceKernel} works on: one thread's arrays, and the figures of the piece at hand. */
final class PieceBuffers {
  /** The piece, and a second one where a kernel needs two. */
  float[] x = {};

  float[] y = {};

  /** Factor and summand before an activation. */
  float a;

  float b;

  /** Of the piece: results of some kernels, arguments of others. */
  float mean;

  float variance;
  float sum;
  float sumX;

  /** Factor of a softmax or of what dropout keeps. */
  float scale;

  /** Dropout: what it works on, the key, the threshold, the index of the first element. */
  float[] target;

  int key;
  int threshold;
  int first;

  void reserve(int length) {
    if (x.length < length) {
      x = new float[length];
      y = new float[length];
    }
  }

  /** Adds the first {@code length} values of {@link #x} to those of {@link #y}. */
  void addXToY(int length) {
    for (int i = 0; i < length; i++) {
      y[i] += x[i];
    }
  }
}

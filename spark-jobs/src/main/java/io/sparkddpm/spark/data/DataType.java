package io.sparkddpm.spark.data;

import io.sparkddpm.diffusion.DecoderType;
import io.sparkddpm.image.Pixels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What the values of a record are stored as. */
public enum DataType {
  /** Pixels, 0 to 255, which training takes as [-1, 1]. */
  UINT8(1) {
    @Override
    void toFloats(byte[] from, float[] to) {
      Pixels.toFloats(from, 0, to, 0, to.length);
    }

    @Override
    void toBytes(float[] from, int offset, byte[] to) {
      Pixels.toBytes(from, offset, to, 0, to.length);
    }
  },
  /** Numbers of any range, little-endian, which training takes as they are. */
  FLOAT32(Float.BYTES) {
    @Override
    void toFloats(byte[] from, float[] to) {
      ByteBuffer.wrap(from).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(to);
    }

    @Override
    void toBytes(float[] from, int offset, byte[] to) {
      ByteBuffer.wrap(to)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .put(from, offset, to.length / Float.BYTES);
    }
  },
  /** Numbers of tokens, 0 to 255, which training takes as they are. */
  TOKEN8(1) {
    @Override
    void toFloats(byte[] from, float[] to) {
      for (int i = 0; i < to.length; i++) {
        to[i] = from[i] & 0xFF;
      }
    }

    @Override
    void toBytes(float[] from, int offset, byte[] to) {
      for (int i = 0; i < to.length; i++) {
        to[i] = (byte) from[offset + i];
      }
    }
  };

  private final int bytes;

  DataType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one value. */
  public int bytes() {
    return bytes;
  }

  /** The name that stands in manifests and files, which for numbers is numpy's. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What the last step of the reverse process gives for such a value. */
  public DecoderType decoder() {
    return this == FLOAT32 ? DecoderType.DENSITY : DecoderType.DISCRETIZED;
  }

  static Optional<DataType> ofCode(String code) {
    return Arrays.stream(values()).filter(type -> type.code().equals(code)).findFirst();
  }

  /**
   * Stored values as the floats that a network is trained on.
   *
   * @param from stored values, {@link #bytes} each
   * @param to as many floats
   */
  abstract void toFloats(byte[] from, float[] to);

  /**
   * Undoes {@link #toFloats}, to the nearest value that can be stored.
   *
   * @param offset of the first of the floats
   * @param to receives {@link #bytes} of each
   */
  abstract void toBytes(float[] from, int offset, byte[] to);
}

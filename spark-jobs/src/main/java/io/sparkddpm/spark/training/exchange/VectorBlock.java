package io.sparkddpm.spark.training.exchange;

import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A piece of a flat vector on its way through Spark. Serialisation writes the values straight from
 * the vector, little-endian, so that no copy is made and the stream keeps none.
 */
public final class VectorBlock implements Externalizable {
  private static final long serialVersionUID = 1L;
  private static final int CHUNK = 1 << 14;

  private float[] array;
  private int offset;
  private int length;

  /** For deserialisation only. */
  public VectorBlock() {}

  VectorBlock(float[] array, int offset, int length) {
    this.array = array;
    this.offset = offset;
    this.length = length;
  }

  float[] array() {
    return array;
  }

  int offset() {
    return offset;
  }

  int length() {
    return length;
  }

  @Override
  public void writeExternal(ObjectOutput out) throws IOException {
    out.writeInt(length);
    byte[] bytes = new byte[CHUNK * Float.BYTES];
    ByteBuffer chunk = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < length; i += CHUNK) {
      int n = Math.min(CHUNK, length - i);
      chunk.asFloatBuffer().put(array, offset + i, n);
      out.write(bytes, 0, n * Float.BYTES);
    }
  }

  @Override
  public void readExternal(ObjectInput in) throws IOException {
    length = in.readInt();
    offset = 0;
    array = new float[length];
    byte[] bytes = new byte[CHUNK * Float.BYTES];
    ByteBuffer chunk = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < length; i += CHUNK) {
      int n = Math.min(CHUNK, length - i);
      in.readFully(bytes, 0, n * Float.BYTES);
      chunk.asFloatBuffer().get(array, i, n);
    }
  }
}

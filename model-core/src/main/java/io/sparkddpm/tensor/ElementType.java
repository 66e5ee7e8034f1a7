package io.sparkddpm.tensor;

import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;

/** Types of the elements that tensors of other programs have, by their safetensors names. */
public enum ElementType {
  /** IEEE 754 double precision. */
  F64(8, ByteBuffer::getDouble),
  /** IEEE 754 single precision. */
  F32(4, ByteBuffer::getFloat),
  /** IEEE 754 half precision. */
  F16(2, (values, at) -> half(values.getShort(at))),
  /** The upper half of single precision. */
  BF16(2, (values, at) -> Float.intBitsToFloat(values.getShort(at) << 16)),
  /** Signed, 64 bits. */
  I64(8, ByteBuffer::getLong),
  /** Signed, 32 bits. */
  I32(4, ByteBuffer::getInt),
  /** Signed, 16 bits. */
  I16(2, ByteBuffer::getShort),
  /** Signed, 8 bits. */
  I8(1, ByteBuffer::get),
  /** Unsigned, 8 bits. */
  U8(1, (values, at) -> values.get(at) & 0xFF),
  /** 0 or 1, in 8 bits. */
  BOOL(1, (values, at) -> values.get(at) == 0 ? 0 : 1);

  private final int bytes;
  private final Decoder decoder;

  ElementType(int bytes, Decoder decoder) {
    this.bytes = bytes;
    this.decoder = decoder;
  }

  @FunctionalInterface
  private interface Decoder {
    double get(ByteBuffer values, int at);
  }

  private static double half(int bits) {
    int exponent = bits >> 10 & 0x1F;
    int fraction = bits & 0x3FF;
    double size =
        switch (exponent) {
          case 0 -> Math.scalb((double) fraction, -24);
          case 0x1F -> fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
          default -> Math.scalb((double) (fraction | 0x400), exponent - 25);
        };
    return bits < 0 ? -size : size;
  }

  /** Size of an element in bytes. */
  public int bytes() {
    return bytes;
  }

  /**
   * The element at a place, exact but for whole numbers beyond 2^53.
   *
   * @param values little-endian
   * @param at in bytes
   */
  public double get(ByteBuffer values, int at) {
    return decoder.get(values, at);
  }

  /** Whether weights may have it: a floating-point number. */
  public boolean isFloat() {
    return this == F64 || this == F32 || this == F16 || this == BF16;
  }

  /** The type of a name; empty where it is none of these. */
  public static Optional<ElementType> of(String name) {
    for (ElementType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** In lower case, for messages. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

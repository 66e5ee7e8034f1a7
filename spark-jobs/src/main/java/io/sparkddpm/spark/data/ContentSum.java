package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.Sha256;
import java.io.Serializable;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * Identifies records by ids, labels and values alone: the sum of their SHA-256 modulo 2²⁵⁶. Equal
 * records give equal sums, whatever files they came from, and however they are cut into shards. A
 * value.
 *
 * @param sum in [0, 2²⁵⁶)
 */
record ContentSum(BigInteger sum) implements Serializable {
  /** Of no record. */
  static final ContentSum NONE = new ContentSum(BigInteger.ZERO);

  private static final long serialVersionUID = 1L;
  private static final int BYTES = 32;
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(8 * BYTES);

  /** The sum of one record. */
  static ContentSum of(long id, Example example) {
    MessageDigest digest = Sha256.digest();
    digest.update(
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES).putLong(id).putInt(example.label()).flip());
    digest.update(example.payload());
    ByteBuffer context =
        ByteBuffer.allocate(Float.BYTES * example.context().length).order(ByteOrder.LITTLE_ENDIAN);
    context.asFloatBuffer().put(example.context());
    digest.update(context);
    return new ContentSum(new BigInteger(1, digest.digest()));
  }

  /** Of the records of both. */
  ContentSum plus(ContentSum other) {
    return new ContentSum(sum.add(other.sum).mod(MODULUS));
  }

  /** 64 hexadecimal digits. */
  String hex() {
    byte[] bytes = new byte[BYTES];
    byte[] number = sum.toByteArray(); // with a zero in front, or shorter
    int length = Math.min(BYTES, number.length);
    System.arraycopy(number, number.length - length, bytes, BYTES - length, length);
    return HexFormat.of().formatHex(bytes);
  }
}

package io.sparkddpm.spark.data;

/**
 * One image as it is stored.
 *
 * @param bytes as they stand in the source; none if the task's heap does not hold them
 * @param length of the bytes
 * @param source file and record, the same wherever the input lies
 * @param label from 0, where the source knows it without decoding
 */
record RawImage(byte[] bytes, long length, String source, int label) {
  RawImage(byte[] bytes, String source, int label) {
    this(bytes, bytes.length, source, label);
  }

  /** One that is too large to be read. */
  static RawImage unread(long length, String source, int label) {
    return new RawImage(new byte[0], length, source, label);
  }

  boolean isRead() {
    return bytes.length == length;
  }
}

package io.sparkddpm.spark.data;

import io.sparkddpm.condition.Condition;

/**
 * One record as its source stores it.
 *
 * @param bytes as they stand in the source; none if the task's heap does not hold them
 * @param length of the bytes
 * @param source file and record, the same wherever the input lies
 * @param label from 0, where the source knows it without decoding; otherwise {@link
 *     Condition#NO_LABEL}
 * @param problem why it cannot be used, as in "has no image"; empty if nothing is known
 */
public record RawRecord(byte[] bytes, long length, String source, int label, String problem) {
  /** One that was read. */
  public RawRecord(byte[] bytes, String source, int label) {
    this(bytes, bytes.length, source, label, "");
  }

  /** One that is too large to be read. */
  static RawRecord unread(long length, String source, int label) {
    return new RawRecord(new byte[0], length, source, label, "");
  }

  /** One that the source itself finds unusable. */
  static RawRecord bad(String source, String problem) {
    return new RawRecord(new byte[0], 0, source, Condition.NO_LABEL, problem);
  }

  /** One without a label, where others have labels. */
  static RawRecord unlabelled(String source) {
    return bad(
        source,
        "has no label, but others have (shard.format.label-column=none takes no labels at all)");
  }

  boolean isRead() {
    return bytes.length == length;
  }
}

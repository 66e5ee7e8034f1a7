package io.sparkddpm.spark.data;

import io.sparkddpm.image.ImageTally;

/** Makes records of a dataset from those of a source. For one thread. */
public interface RecordDecoder {
  /**
   * Decodes a record.
   *
   * @throws io.sparkddpm.error.BadRecordException naming file and record, if it cannot be used
   */
  Example decode(RawRecord raw);

  /** What kinds of image files it has met. */
  default ImageTally tally() {
    return ImageTally.NONE;
  }
}

package io.sparkddpm.spark.pipeline;

import io.sparkddpm.error.UserException;

/** A night's record is cut off or is none. */
final class DamagedRecordException extends UserException {
  private static final long serialVersionUID = 1L;

  DamagedRecordException(Throwable cause, String format, Object... args) {
    super(cause, format, args);
  }
}

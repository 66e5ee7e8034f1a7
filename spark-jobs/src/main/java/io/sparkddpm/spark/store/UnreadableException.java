package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;

/**
 * A file system failed while something was looked for or read. This says nothing about what lies
 * there: it is neither missing nor damaged, and nothing may be deleted or made again because of it.
 */
public final class UnreadableException extends UserException {
  private static final long serialVersionUID = 1L;

  UnreadableException(Throwable cause, String format, Object... args) {
    super(cause, format, args);
  }
}

package io.sparkddpm.spark.train;

import java.util.Locale;

/** A block has another length than whoever reads it expects: a mistake of the program's. */
final class MisfitException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  MisfitException(String format, Object... arguments) {
    super(String.format(Locale.ROOT, format, arguments));
  }
}

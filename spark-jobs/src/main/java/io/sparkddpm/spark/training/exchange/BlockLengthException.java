package io.sparkddpm.spark.training.exchange;

import java.util.Locale;

/** A block has another length than whoever reads it expects: a mistake of the program's. */
final class BlockLengthException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  BlockLengthException(String format, Object... arguments) {
    super(String.format(Locale.ROOT, format, arguments));
  }
}

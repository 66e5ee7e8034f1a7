package io.sparkddpm.artifact;

import io.sparkddpm.error.UserException;

/** A whole manifest of another program, or of a kind or format that this version does not know. */
public class ForeignManifestException extends UserException {
  private static final long serialVersionUID = 1L;

  ForeignManifestException(String format, Object... args) {
    super(format, args);
  }
}

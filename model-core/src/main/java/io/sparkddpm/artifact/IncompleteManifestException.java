package io.sparkddpm.artifact;

import io.sparkddpm.error.UserException;

/** A manifest that ends in the middle: the artefact was never finished. */
public class IncompleteManifestException extends UserException {
  private static final long serialVersionUID = 1L;

  IncompleteManifestException(Throwable cause, String source, int bytes) {
    super(
        cause,
        "%s is cut off after %d bytes: writing this artefact was interrupted; make it again",
        source,
        bytes);
  }
}

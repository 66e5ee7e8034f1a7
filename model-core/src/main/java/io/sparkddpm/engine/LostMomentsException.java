package io.sparkddpm.engine;

/**
 * A worker's own moments are gone with the process that kept them: nothing but an earlier
 * checkpoint has them.
 */
public final class LostMomentsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param worker zero-based
   */
  public LostMomentsException(int worker) {
    this(worker, null);
  }

  /**
   * @param worker zero-based
   */
  public LostMomentsException(int worker, Throwable cause) {
    super("the moments of worker " + worker + " are gone with the executor that kept them", cause);
  }
}

package io.sparkddpm.spark.pipeline;

/**
 * All stages of a night went well, but its distance is larger than an earlier one's by too much.
 */
public final class DistanceWorsenedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DistanceWorsenedException(String message) {
    super(message);
  }
}

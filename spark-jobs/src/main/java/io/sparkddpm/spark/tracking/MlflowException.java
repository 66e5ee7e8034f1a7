package io.sparkddpm.spark.tracking;

/** A request that MLflow did not answer, or refused. */
final class MlflowException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final boolean passing;

  /**
   * @param code MLflow's own, such as {@code RESOURCE_DOES_NOT_EXIST}; empty where it gave none
   * @param passing whether the same request may succeed later
   */
  MlflowException(String message, String code, boolean passing) {
    super(message);
    this.code = code;
    this.passing = passing;
  }

  boolean is(String errorCode) {
    return code.equals(errorCode);
  }

  boolean isPassing() {
    return passing;
  }
}

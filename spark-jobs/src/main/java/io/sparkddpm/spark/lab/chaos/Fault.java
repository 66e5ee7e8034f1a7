package io.sparkddpm.spark.lab.chaos;

/** What is done to a job's processes and reads. */
public enum Fault {
  /** An executor ends as {@code kill -9} ends it. */
  EXECUTOR_KILLED("executors killed"),
  /** The driver ends so. */
  DRIVER_KILLED("drivers killed"),
  /**
   * The driver is suspended until another one has taken over its lease, and is then continued: it
   * must notice, change nothing and end with exit code 2.
   */
  DRIVER_SUSPENDED("drivers suspended past their lease"),
  /** A file system fails to read, list or look at a file. */
  READ_FAILED("reads failed");

  private final String plural;

  Fault(String plural) {
    this.plural = plural;
  }

  String plural() {
    return plural;
  }
}

package io.sparkddpm.spark.session;

import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.util.Optional;

/** Distinguishes errors that a task reports to the user from failures of the task itself. */
public final class TaskErrors {
  private TaskErrors() {}

  /**
   * The error with a message for the user among an exception and its causes.
   *
   * @return a {@link UserException} or {@link TrainingDivergedException}; empty if there is none
   */
  public static Optional<RuntimeException> reported(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof UserException || t instanceof TrainingDivergedException) {
        return Optional.of((RuntimeException) t);
      }
    }
    return Optional.empty();
  }

  /** What made a task fail, if that is an error with a message for the user; else {@code e}. */
  public static RuntimeException of(Exception e) {
    return reported(e)
        .orElseGet(() -> e instanceof RuntimeException r ? r : new IllegalStateException(e));
  }

  /**
   * Whether trying again cannot help: the input is bad. Reading or writing may go well the next
   * time, on another executor too.
   */
  static boolean isFinal(RuntimeException reported) {
    for (Throwable t = reported; t != null; t = t.getCause()) {
      if (t instanceof IOException) {
        return false;
      }
    }
    return true;
  }
}

package io.sparkddpm.spark.session;

/** Where jobs say how far they are. Implementations are thread-safe. */
public interface Progress {
  /** Says nothing. */
  Progress NONE =
      (name, total) ->
          new Task() {
            @Override
            public void advance(long n) {}

            @Override
            public void message(String text) {}

            @Override
            public void close() {}
          };

  /**
   * Begins a task.
   *
   * @param name what is being done, such as {@code train}
   * @param total number of units to come; 0 or less: unknown
   */
  Task start(String name, long total);

  /** One task, from its start until it is closed. */
  interface Task extends AutoCloseable {
    /** {@code n} more units are done. */
    void advance(long n);

    /** {@code n} units were done before this task began: they count, but not for its speed. */
    default void skip(long n) {
      advance(n);
    }

    /** A few words on the present state, such as the loss; shown beside the bar. */
    void message(String text);

    @Override
    void close();
  }
}

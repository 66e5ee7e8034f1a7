package io.sparkddpm.spark.executor;

/** Something that a process keeps from one task to the next, see {@link ExecutorState}. */
public interface Kept {
  /**
   * Frees what nobody uses at the moment. What is in use stays with its users, and goes when they
   * return it. Any thread may call it.
   */
  void free();
}

package io.sparkddpm.spark.training.exchange;

import java.io.Serializable;

/**
 * Some equally long flat vectors cut into blocks, numbered consecutively: the unit in which they
 * travel and are averaged. How they are cut changes no bit of the result.
 *
 * @param vectors how many
 * @param length of each
 * @param block values of a block, but for a vector's last one
 */
public record BlockGrid(int vectors, int length, int block) implements Serializable {
  /** Bytes that are under way to a reader of one block after another, about. */
  private static final int WINDOW = 16 << 20;

  /**
   * For so many workers: a task that averages holds a block of each worker at a time, and the next
   * ones.
   */
  public static BlockGrid forWorkers(int workers, int vectors, int length) {
    int block = workers <= 8 ? 1 << 20 : workers <= 32 ? 1 << 18 : 1 << 16;
    return new BlockGrid(vectors, length, block);
  }

  private int blocksEach() {
    return (length + block - 1) / block;
  }

  /** How many there are. */
  public int blocks() {
    return vectors * blocksEach();
  }

  /** Values of the largest block. */
  int largest() {
    return Math.min(block, length);
  }

  /** Blocks that are under way to a reader at the same time, at least 1. */
  int window() {
    return Math.max(1, WINDOW / (block * Float.BYTES));
  }

  /** Blocks that are under way to a reader which holds so many others at a time. */
  int ahead(int held) {
    return Math.max(held, window());
  }

  /** Which vector a block belongs to. */
  int vector(int number) {
    return number / blocksEach();
  }

  /** Where in its vector a block begins. */
  int offset(int number) {
    return number % blocksEach() * block;
  }

  /** Values of a block. */
  int length(int number) {
    return Math.min(block, length - offset(number));
  }
}

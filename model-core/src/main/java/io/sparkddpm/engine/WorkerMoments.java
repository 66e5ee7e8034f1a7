package io.sparkddpm.engine;

/**
 * Adam's moments of each logical worker of a run with {@link Moments#LOCAL}, wherever they are
 * kept. Workers without examples have none.
 */
public interface WorkerMoments {
  /**
   * Copies those of a worker.
   *
   * @param worker zero-based
   * @param first receives m, flat, as long as the parameters
   * @param second receives v, likewise
   * @throws LostMomentsException if whoever kept them is gone; then both arrays are undefined
   */
  void read(int worker, float[] first, float[] second);
}

package io.sparkddpm.statistics.inception;

import io.sparkddpm.statistics.inception.InceptionProgram.Step;
import java.util.List;

/**
 * The network's weights where an engine computes, loaded once and shared by all extractors of a
 * process. Thread-safe; must outlive the extractors that use it.
 */
public interface InceptionWeights extends AutoCloseable {
  /** What they are the weights of. */
  InceptionNetwork network();

  /**
   * Prepares the given steps of the network's program.
   *
   * @param batch images in a pass, always that many
   */
  InceptionRun run(List<Step> steps, int batch);

  @Override
  void close();
}

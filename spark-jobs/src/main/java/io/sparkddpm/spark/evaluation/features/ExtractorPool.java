package io.sparkddpm.spark.evaluation.features;

import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.executor.Kept;
import io.sparkddpm.spark.executor.Pool;
import io.sparkddpm.statistics.FeatureExtractor;
import java.util.function.Supplier;

/**
 * The extractors of this process: a network's weights are loaded once, and each task has an
 * extractor of its own. Thread-safe.
 */
final class ExtractorPool implements Kept {
  private final Pool<String, FeatureExtractor> pool = new Pool<>();

  /** Extractors with the same weights. */
  private record Network(ExtractorSpec.Loaded loaded) implements Pool.Maker<FeatureExtractor> {
    @Override
    public FeatureExtractor make() {
      return loaded.extractor();
    }

    @Override
    public void close() {
      loaded.close();
    }
  }

  /** The one that all tasks of this process share. */
  static ExtractorPool here() {
    return ExecutorState.get(ExtractorPool.class, ExtractorPool::new);
  }

  /**
   * Uses an extractor.
   *
   * @param key of the spec
   * @param spec asked only where this process does not have it yet
   */
  <R, E extends Exception> R use(
      String key, Supplier<ExtractorSpec> spec, Pool.Use<? super FeatureExtractor, R, E> use)
      throws E {
    return pool.use(key, () -> new Network(spec.get().load()), use);
  }

  @Override
  public void free() {
    pool.free();
  }
}

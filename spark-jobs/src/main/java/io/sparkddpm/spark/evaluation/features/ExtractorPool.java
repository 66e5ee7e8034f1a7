package io.sparkddpm.spark.evaluation.features;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.statistics.FeatureExtractor;
import io.sparkddpm.statistics.inception.InceptionWeights;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/**
 * The extractors of this process: weights are loaded once, and each task borrows an extractor of
 * its own. One network at a time: another one takes the place of the first when that is idle.
 * Thread-safe.
 */
final class ExtractorPool {
  private static final ExtractorPool OURS = new ExtractorPool();

  private final Deque<FeatureExtractor> idle = new ArrayDeque<>();
  private String key = "";
  private ExtractorSpec spec;
  private InceptionWeights weights;
  private int lent;

  private ExtractorPool() {}

  /** This process's pool. */
  static ExtractorPool ours() {
    return OURS;
  }

  /**
   * Lends an extractor; to be given back.
   *
   * @param wantedKey of the spec
   * @param wanted asked only when this process does not have it yet
   */
  synchronized FeatureExtractor borrow(String wantedKey, Supplier<ExtractorSpec> wanted) {
    if (!key.equals(wantedKey)) {
      checkState(
          lent == 0,
          "two networks at once in one process: '%s' is in use, not '%s'",
          key,
          wantedKey);
      free();
      spec = wanted.get();
      weights = spec.isRandom() ? null : spec.loadWeights();
      key = wantedKey;
    }
    FeatureExtractor extractor = idle.isEmpty() ? spec.create(weights) : idle.pop();
    lent++;
    return extractor;
  }

  /** Takes an extractor back. */
  synchronized void giveBack(FeatureExtractor extractor) {
    lent--;
    idle.push(extractor);
  }

  /** Frees the native memory, if nothing is lent. */
  synchronized void clear() {
    if (lent == 0) {
      free();
    }
  }

  private void free() {
    idle.forEach(FeatureExtractor::close);
    idle.clear();
    if (weights != null) {
      weights.close();
    }
    weights = null;
    spec = null;
    key = "";
  }
}

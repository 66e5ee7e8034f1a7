package io.sparkddpm.spark.evaluation.job;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.spark.evaluation.metric.InceptionScoreMetric;
import io.sparkddpm.spark.evaluation.metric.KernelMetric;

/**
 * The keys by which torch-fidelity reports what is measured here in the same way: by the published
 * network's last layer. Its precision and recall are of another network, so they have none.
 */
final class TorchFidelityKeys {
  private static final String COMPARABLE = "FID";

  private TorchFidelityKeys() {}

  static void write(FidResult result, ObjectNode root) {
    if (!result.metric().equals(COMPARABLE)) {
      return;
    }
    root.put("frechet_inception_distance", result.distance());
    result
        .measures()
        .get(InceptionScoreMetric.Score.class)
        .ifPresent(
            s ->
                root.put("inception_score_mean", s.score().mean())
                    .put("inception_score_std", s.score().deviation()));
    result
        .measures()
        .get(KernelMetric.Kid.class)
        .flatMap(KernelMetric.Kid::subsets)
        .ifPresent(
            s ->
                root.put("kernel_inception_distance_mean", s.mean())
                    .put("kernel_inception_distance_std", s.deviation()));
  }
}

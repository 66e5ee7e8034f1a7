package io.sparkddpm.spark.evaluation.bound;

import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.LeaseToken;
import java.net.URI;
import java.util.Locale;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/**
 * Measures a part and notes its sums. Attempts of one task, and of several jobs, write to different
 * files with equal bytes.
 */
final class PartTask implements Function<EvaluatePlan.Part, FinishedPart> {
  private static final long serialVersionUID = 1L;

  private final Broadcast<PartEvaluator> evaluator;
  private final LeaseToken lease;
  private final URI dir;

  /**
   * @param lease of the directory
   */
  PartTask(Broadcast<PartEvaluator> evaluator, LeaseToken lease, URI dir) {
    this.evaluator = evaluator;
    this.lease = lease;
    this.dir = dir;
  }

  @Override
  public FinishedPart call(EvaluatePlan.Part part) {
    PartEvaluator task = evaluator.value();
    FinishedPart finished =
        new FinishedPart(task.plan().fingerprint(), part.number(), task.measure(part));
    String path =
        String.format(
            Locale.ROOT,
            "%s/%05d-%s-%d%s",
            FinishedPart.DIRECTORY,
            part.number(),
            lease.id(),
            TaskContext.get().taskAttemptId(),
            FinishedPart.SUFFIX);
    byte[] json = finished.toJson();
    ArtifactOutput out = ArtifactOutput.create(task.conf().get(), lease, dir, path, path);
    out.write(json, 0, json.length);
    out.close();
    return finished;
  }
}

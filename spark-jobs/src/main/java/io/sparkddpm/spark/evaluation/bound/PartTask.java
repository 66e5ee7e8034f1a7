package io.sparkddpm.spark.evaluation.bound;

import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.ProgressNotes;
import java.net.URI;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/** Measures a part and notes its sums. */
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
    ProgressNotes.write(
        task.conf().get(), lease, dir, part.number(), TaskContext.get().taskAttemptId(), finished);
    return finished;
  }
}

package io.sparkddpm.spark.training.job;

import io.sparkddpm.engine.LostMomentsException;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import org.apache.spark.SparkConf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How often a run has lost workers' own moments since its last checkpoint. */
final class MomentLosses {
  private static final Logger LOG = LoggerFactory.getLogger(MomentLosses.class);

  private final int most;
  private long step = -1;
  private int count;

  MomentLosses(SparkConf conf) {
    this.most = conf.getInt("spark.stage.maxConsecutiveAttempts", 4);
  }

  /**
   * Counts a loss.
   *
   * @param last the run's last checkpoint
   * @throws UserException if there were too many since that
   */
  void add(LostMomentsException loss, Checkpoint last) {
    count = last.step() == step ? count + 1 : 1;
    step = last.step();
    if (count > most) {
      throw new UserException(
          loss,
          "executors were lost again and again since the checkpoint of step %s, and with them the"
              + " moments that only they have: see their logs for why, set"
              + " training.checkpoint-every lower, or choose"
              + " training.averaging.moments=averaged; losses beyond"
              + " spark.stage.maxConsecutiveAttempts=%s (settable) end it",
          step,
          most);
    }
    LOG.warn("{}: resuming from {}", loss.getMessage(), last);
  }
}

package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.spark.lab.chaos.Chaos;
import io.sparkddpm.spark.lab.chaos.Job;
import io.sparkddpm.spark.lab.chaos.SoakResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short soak run; longer ones are for {@code scripts/ddpm chaos}. */
class ChaosIT {
  /** Kills executors of shard, fails reads of train and kills its driver. */
  private static final long SEED = 35;

  /** The quickest; other jobs are disturbed by tests of their own. */
  private static final List<Job> JOBS = List.of(Job.SHARD, Job.TRAIN);

  @TempDir private Path dir;

  @Test
  void aFaultChangesNoBit() {
    List<String> lines = new ArrayList<>();
    Chaos.Plan plan = new Chaos.Plan(JOBS, List.of(1, 2), Integer.MAX_VALUE, 0, SEED);
    SoakResult result =
        new Chaos(dir.resolve("soak"), Main.class.getName(), plan, lines::add).once();
    assertEquals(List.of(), result.differences(), lines::toString);
    for (Job job : JOBS) {
      assertTrue(result.faults(job) >= 1, result::toString);
    }
    assertTrue(result.toString().endsWith("all bits the same"), result::toString);
  }
}

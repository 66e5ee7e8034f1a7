package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.spark.chaos.Chaos;
import io.sparkddpm.spark.chaos.Toll;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short soak run; longer ones are for {@code scripts/ddpm chaos}. */
class ChaosIT {
  @TempDir private Path dir;

  @Test
  void aFewFaultsChangeNoBit() {
    List<String> lines = new ArrayList<>();
    Toll toll = new Chaos(dir.resolve("soak"), Main.class.getName(), 3, lines::add).run(3, 0);
    assertEquals(List.of(), toll.differences(), lines::toString);
    assertTrue(toll.faults() >= 3 && toll.runs() >= 1, toll::toString);
    assertTrue(toll.toString().endsWith("all bits the same"), toll::toString);
  }
}

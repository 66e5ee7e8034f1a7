package io.sparkddpm.spark.lab.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.job.TrainFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterDoctorTest {
  private static final Configuration CONF = new Configuration();

  @TempDir static Path dir;
  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = TrainFixture.spark("local[2]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  @Test
  void inLocalModeTheOnlyProcessIsLookedAt() throws IOException {
    Diagnosis diagnosis =
        new ClusterDoctor(spark, new Nd4jEngine())
            .run(
                List.of(
                    dir.toUri(), dir.resolve("new/data").toUri(), dir.resolve("new/runs").toUri()));
    assertEquals(List.of(), diagnosis.problems());
    assertEquals(3, diagnosis.table().size());
    assertTrue(diagnosis.table().get(2).endsWith("computes  shared"), diagnosis.table().get(2));
    try (Stream<Path> left = Files.list(dir)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsNamed() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "");
    ClusterDoctor doctor = new ClusterDoctor(spark, new Nd4jEngine());
    var e = assertThrows(UserException.class, () -> doctor.run(List.of(file.toUri())));
    assertTrue(e.getMessage().startsWith("cannot write file:" + file), e.getMessage());
    Files.delete(file);
  }

  /** A disk of its own, where a shared one was meant. */
  @Test
  void filesThatAreNotSharedAreSeenFromBothSides() {
    try (FileProbe probe = new FileProbe(CONF, dir.toUri())) {
      assertEquals(
          Optional.of("the driver does not see what this executor wrote"), probe.unseen("1"));
      assertEquals(Optional.empty(), FileProbe.fromHere(CONF, probe.scratch(), probe.token(), "1"));
      assertEquals(Optional.empty(), probe.unseen("1"));
      assertEquals(
          Optional.of("reads other content of the driver's file than was written"),
          FileProbe.fromHere(CONF, probe.scratch(), "other", "1"));
      var elsewhere = dir.resolve("elsewhere").toUri();
      assertTrue(
          FileProbe.fromHere(CONF, elsewhere, probe.token(), "1")
              .orElseThrow()
              .startsWith("cannot read "));
    }
  }
}

package io.sparkddpm.spark.training.checkpoint;

import static io.sparkddpm.spark.training.job.TrainFixture.CONF;
import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static io.sparkddpm.spark.training.job.TrainFixture.uri;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.job.TrainFixture;
import io.sparkddpm.spark.training.job.TrainJob;
import io.sparkddpm.tensor.NamedTensor;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightsFileTest {
  private static final List<NamedTensor> LAYOUT =
      List.of(
          new NamedTensor("conv.weight", List.of(2, 1, 1, 3), 0),
          new NamedTensor("conv.bias", List.of(2), 6));

  @TempDir static Path dir;
  private static SparkSession spark;
  private static Path run;

  @BeforeAll
  static void train() {
    spark = TrainFixture.spark("local[2]");
    run = dir.resolve("run");
    job(spark, run, settings(training(7, 6, 2, 2))).run();
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ExecutorState.free();
  }

  @ParameterizedTest
  @ValueSource(strings = {"safetensors", "npz"})
  void anExportedRunBeginsAnotherOne(String format) {
    var file = uri(dir.resolve("ema." + format));
    WeightsFile.write(CONF, file, last(run), "ema-0.99");
    Path again = dir.resolve("again-" + format);
    var settings = settings(training(7, 6, 2, 2));
    Checkpoint first = job(spark, again, settings).begin(file, Optional.empty());
    assertEquals(0, first.step());
    float[] expected = last(run).weights("ema-0.99");
    assertArrayEquals(expected, first.weights("raw"));
    assertArrayEquals(expected, first.weights("ema-0.9"));
    assertArrayEquals(
        new float[expected.length], first.tensors(Checkpoint.SECOND_MOMENT_FILE, first.layout()));

    assertEquals(6, job(spark, again, settings).run().step());
    assertNotEquals(last(run).manifest().fingerprint(), last(again).manifest().fingerprint());
    assertEquals(
        WeightsFile.sha256(expected), last(again).manifest().property(Checkpoint.IMPORTED));
    var e =
        assertThrows(
            UserException.class, () -> job(spark, again, settings).begin(file, Optional.empty()));
    assertTrue(e.getMessage().endsWith("has begun already: it is at step 6"), e.getMessage());
  }

  @Test
  void whatDoesNotFitLeavesNoRun() {
    var file = uri(dir.resolve("misfit.safetensors"));
    WeightsFile.write(CONF, file, LAYOUT, new float[] {1, 2, 3, 4, 5, 6, 7, 8}, Map.of());
    for (URI weights : List.of(file, uri(dir.resolve("missing.npz")))) {
      Path none = dir.resolve("none/run");
      TrainJob job = job(spark, none, settings(training(7, 6, 2, 2)));
      assertThrows(UserException.class, () -> job.begin(weights, Optional.empty()));
      assertFalse(Files.exists(none.getParent()));
    }
  }

  @Test
  void whatDoesNotFitIsRefusedByName() {
    for (String format : List.of("safetensors", "npz")) {
      var file = uri(dir.resolve("other." + format));
      WeightsFile.write(CONF, file, LAYOUT, new float[] {1, 2, 3, 4, 5, 6, 7, 8}, Map.of());
      List<NamedTensor> wider =
          List.of(new NamedTensor("conv.weight", List.of(2, 1, 3, 1), 0), LAYOUT.get(1));
      refused("conv.weight must have shape [2, 1, 3, 1], got [2, 1, 1, 3]", file, wider);
      List<NamedTensor> renamed = List.of(LAYOUT.get(0), new NamedTensor("conv.b", List.of(2), 6));
      refused("lacks tensor conv.b of shape [2]", file, renamed);
      refused("the network does not know: conv.bias", file, LAYOUT.subList(0, 1));
      var again =
          assertThrows(
              UserException.class,
              () -> WeightsFile.write(CONF, file, LAYOUT, new float[8], Map.of()));
      assertTrue(again.getMessage().endsWith("exists already"), again.getMessage());

      var broken = uri(dir.resolve("nan." + format));
      WeightsFile.write(
          CONF, broken, LAYOUT, new float[] {1, 2, 3, 4, 5, 6, 7, Float.NaN}, Map.of());
      refused("tensor conv.bias holds NaN", broken, LAYOUT);
    }
    refused("must end in .safetensors, .npz, .pt", uri(dir.resolve("x.h5")), LAYOUT);
  }

  private static void refused(String message, java.net.URI file, List<NamedTensor> layout) {
    var e =
        assertThrows(
            UserException.class, () -> WeightsFile.read(CONF, file, Optional.empty(), layout));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}

package io.sparkddpm.spark.training.job;

import static io.sparkddpm.error.Checks.checkArgument;
import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.metrics;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.objective.TimedLosses;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A clock that learns from losses has the same bits however a run is carried out. */
class ClockTest {
  private static final int TIMESTEPS = 100;
  private static final int PARTS = 4;

  @TempDir Path dir;
  private SparkSession spark;

  /**
   * Draws each quarter of the timesteps as often as its losses have been large. The order in which
   * it sees them matters to every bit.
   */
  private record LossClock(double... means) implements Clock {
    static final Clock START = new LossClock(1, 1, 1, 1);

    private double share(int part) {
      return means[part] / Arrays.stream(means).sum();
    }

    @Override
    public double level(RandomStream stream) {
      double left = stream.nextDouble();
      int part = 0;
      while (part < PARTS - 1 && left >= share(part)) {
        left -= share(part++);
      }
      return part * (TIMESTEPS / PARTS) + stream.nextInt(TIMESTEPS / PARTS);
    }

    @Override
    public float weight(double level) {
      return (float) (1 / (PARTS * share((int) level * PARTS / TIMESTEPS)));
    }

    @Override
    public boolean observes() {
      return true;
    }

    @Override
    public Clock fold(TimedLosses seen) {
      double[] next = means.clone();
      for (int i = 0; i < seen.count(); i++) {
        int part = (int) seen.levels()[i] * PARTS / TIMESTEPS;
        next[part] = 0.9 * next[part] + 0.1 * seen.losses()[i];
      }
      return new LossClock(next);
    }

    @Override
    public byte[] save() {
      ByteBuffer bytes = ByteBuffer.allocate(PARTS * Double.BYTES);
      Arrays.stream(means).forEach(bytes::putDouble);
      return bytes.array();
    }

    @Override
    public Clock restore(byte[] state) {
      checkArgument(
          state.length == PARTS * Double.BYTES,
          "the state of this clock has %s bytes, found %s",
          PARTS * Double.BYTES,
          state.length);
      double[] values = new double[PARTS];
      ByteBuffer.wrap(state).asDoubleBuffer().get(values);
      return new LossClock(values);
    }
  }

  @AfterEach
  void stop() {
    if (spark != null) {
      spark.stop();
    }
    ExecutorState.free();
  }

  private SparkSession local(int threads) {
    stop();
    spark = TrainFixture.spark("local[" + threads + "]");
    return spark;
  }

  private static String state(Path run) throws IOException {
    Path file = Path.of(last(run).uri()).resolve("clock.bin");
    return HexFormat.of().formatHex(Files.readAllBytes(file));
  }

  @Test
  void partitionsAndTransportDoNotChangeABit() throws IOException {
    for (AveragingMode mode :
        new AveragingMode[] {AveragingMode.PARAMETERS, AveragingMode.GRADIENTS}) {
      int steps = mode == AveragingMode.PARAMETERS ? 2 : 1;
      RunSettings settings = settings(training(7, 8, 3, steps, mode));
      Path first = null;
      for (int threads : new int[] {1, 2, 4}) {
        local(threads);
        for (boolean cluster : new boolean[] {false, true}) {
          Path run = dir.resolve(mode + "-" + threads + "-" + cluster);
          TrainJob job = job(spark, run, settings).clock(LossClock.START);
          (cluster ? job.asOnCluster() : job).run();
          first = first == null ? run : first;
          assertEquals(state(first), state(run), run.toString());
          assertEquals(last(first).manifest().fingerprint(), last(run).manifest().fingerprint());
          assertEquals(metrics(first), metrics(run));
        }
      }
      assertNotEquals(HexFormat.of().formatHex(LossClock.START.save()), state(first));
    }
  }

  @Test
  void aRunThatIsKilledAndResumedEndsWithTheSameState() throws IOException {
    RunSettings settings = settings(training(7, 24, 2, 2));
    Path whole = dir.resolve("whole");
    local(2);
    job(spark, whole, settings).clock(LossClock.START).run();
    for (int kill : new int[] {0, 5, 13, 23}) {
      Path run = dir.resolve("killed-" + kill);
      RandomImages.Fault fault =
          (position, attempt) -> {
            if (position / 7 == kill) {
              throw new IllegalStateException("killed");
            }
          };
      TrainJob killed = job(spark, run, settings, fault).clock(LossClock.START);
      assertThrows(IllegalStateException.class, killed::run);
      job(spark, run, settings).clock(LossClock.START).run();
      assertEquals(state(whole), state(run));
      assertEquals(last(whole).manifest().fingerprint(), last(run).manifest().fingerprint());
    }
  }

  @Test
  void onlyAClockWithAStateIsKeptAndIsNotMistakenForAnother() {
    RunSettings settings = settings(training(7, 4, 2, 2));
    TrainingConfig more = settings.training().withSteps(8);
    local(2);
    Path uniform = dir.resolve("uniform");
    job(spark, uniform, settings).run();
    assertFalse(last(uniform).manifest().file("clock.bin").isPresent());
    Path learning = dir.resolve("learning");
    job(spark, learning, settings).clock(LossClock.START).run();
    Checkpoint checkpoint = last(learning);
    assertTrue(checkpoint.manifest().file("clock.bin").isPresent());
    String message =
        assertThrows(UserException.class, () -> job(spark, learning, settings(more)).run())
            .getMessage();
    assertEquals(
        checkpoint
            + " was trained with timesteps drawn in another way: the clock has no state, found"
            + " one of 32 bytes",
        message);
    assertThrows(
        UserException.class,
        () -> job(spark, uniform, settings(more)).clock(LossClock.START).run());
  }

  @Test
  void stockAveragingTellsNoLosses() {
    local(2);
    RunSettings settings = settings(training(4, 4, 2, 2, AveragingMode.STOCK));
    TrainJob job = job(spark, dir.resolve("stock"), settings).clock(LossClock.START);
    String message = assertThrows(UserException.class, job::run).getMessage();
    assertTrue(message.startsWith("training.averaging=stock does not tell the losses"), message);
  }
}

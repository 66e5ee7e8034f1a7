package io.sparkddpm.spark.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.BadImageException;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Errors for the user that tasks end with: they arrive as they were thrown, and Spark is silent.
 */
class TaskErrorsTest {
  /** What logs failed tasks; off in other tests, which let tasks fail on purpose. */
  private static final List<String> LOGGERS =
      List.of("org.apache.spark.scheduler.TaskSetManager", "org.apache.spark.executor.Executor");

  private static SparkSession session;
  private static Recorder recorder;

  @BeforeAll
  static void start() {
    session = Sessions.open("TaskErrorsTest", Map.of("spark.master", "local[2, 2]"));
    recorder = new Recorder();
    recorder.start();
    root().addAppender(recorder, null, null);
    LOGGERS.forEach(logger -> Configurator.setLevel(logger, Level.WARN));
  }

  @AfterAll
  static void stop() {
    LOGGERS.forEach(logger -> Configurator.setLevel(logger, Level.OFF));
    root().removeAppender(recorder.getName());
    session.stop();
  }

  @BeforeEach
  void clear() {
    recorder.lines.clear();
  }

  @Test
  void badInputIsReportedOnceAndNotTriedAgain() {
    for (boolean streamed : new boolean[] {true, false}) {
      UserException e =
          assertThrows(
              BadImageException.class,
              () -> run(streamed, 5, () -> new BadImageException("d/3.png is empty")));
      assertEquals("d/3.png is empty", e.getMessage());
      assertEquals(List.of(), recorder.lines, "streamed: " + streamed);
    }
  }

  @Test
  void divergenceAndFailuresToReadAreReportedTheSameWay() {
    TrainingDivergedException diverged =
        assertThrows(
            TrainingDivergedException.class,
            () -> run(true, 0, () -> new TrainingDivergedException("loss is NaN")));
    assertEquals("loss is NaN", diverged.getMessage());
    UserException unread =
        assertThrows(
            UserException.class,
            () -> run(true, 7, () -> new UserException(new IOException("gone"), "cannot read d")));
    assertEquals("cannot read d", unread.getMessage());
    assertEquals(List.of(), recorder.lines);
  }

  @Test
  void otherFailuresKeepTheirTraces() {
    assertThrows(
        RuntimeException.class, () -> run(true, 2, () -> new IllegalStateException("a bug")));
    assertTrue(recorder.lines.stream().anyMatch(line -> line.contains("a bug")));
  }

  @Test
  void onlyErrorsForTheUserAreKeptOut() {
    QuietSparkLog filter = new QuietSparkLog();
    String lost = "Lost task 1.0 in stage 7.0 (TID 9) (10.0.0.1 executor 2): ";
    assertFalse(filter.isReported("Task 1 in stage 7.0 failed 4 times; aborting job"));
    assertFalse(filter.isReported(lost + "java.lang.IllegalStateException: a bug\n\tat x"));
    assertFalse(filter.isReported(lost + "ExecutorLostFailure (executor 2 exited)"));
    assertTrue(filter.isReported(lost + "io.sparkddpm.image.BadImageException: d/3.png\n\tat x"));
    assertTrue(filter.isReported("Task 1 in stage 7.0 failed 4 times; aborting job"));
    assertFalse(filter.isReported("Task 1 in stage 8.0 failed 4 times; aborting job"));
    assertFalse(filter.isReported(lost + "io.sparkddpm.spark.cli.CommandFailedException: x"));
  }

  private interface Thrown extends Serializable {
    RuntimeException make();
  }

  /** Ten partitions of which one throws. */
  private static void run(boolean streamed, int bad, Thrown thrown) {
    JavaRDD<Integer> rdd =
        JavaSparkContext.fromSparkContext(session.sparkContext())
            .parallelize(IntStream.range(0, 10).boxed().toList(), 10)
            .map(
                i -> {
                  if (i == bad) {
                    throw thrown.make();
                  }
                  return i;
                });
    if (streamed) {
      StreamedResults.forEach(rdd, "test", i -> {});
      return;
    }
    try {
      rdd.collect();
    } catch (Exception e) { // Scala throws SparkException, which is checked, without saying so
      throw TaskErrors.of(e);
    }
  }

  private static LoggerConfig root() {
    return ((LoggerContext) LogManager.getContext(false)).getConfiguration().getRootLogger();
  }

  /** What Spark's own loggers say. */
  private static final class Recorder extends AbstractAppender {
    final List<String> lines = new CopyOnWriteArrayList<>();

    Recorder() {
      super("recorder", null, null, true, Property.EMPTY_ARRAY);
    }

    @Override
    public void append(LogEvent event) {
      if (event.getLoggerName().startsWith("org.apache.spark.")
          && event.getLevel().isMoreSpecificThan(Level.WARN)) {
        lines.add(event.getMessage().getFormattedMessage() + " " + event.getThrown());
      }
    }
  }
}

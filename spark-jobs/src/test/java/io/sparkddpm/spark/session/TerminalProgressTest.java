package io.sparkddpm.spark.session;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TerminalProgressTest {
  private static final int COLUMNS = 120;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final AtomicLong clock = new AtomicLong();
  private final Progress progress =
      new TerminalProgress(
          new PrintStream(bytes, true, StandardCharsets.UTF_8), COLUMNS, clock::get);

  /** What the terminal shows when the task is closed. */
  private String last() {
    String[] drawn = bytes.toString(StandardCharsets.UTF_8).strip().split("[\r\n]+", -1);
    return drawn[drawn.length - 1];
  }

  private void seconds(long n) {
    clock.addAndGet(n * 1_000_000_000L);
  }

  @Test
  void showsRateAndTimeLeft() {
    try (Progress.Task task = progress.start("train", 200)) {
      seconds(10);
      task.advance(20);
      task.message("loss 0.1");
    }
    assertTrue(last().contains("20/200"), this::last);
    assertTrue(last().contains("2.0/s"), this::last);
    assertTrue(last().contains("0:01:30"), this::last);
    assertTrue(last().contains("loss 0.1"), this::last);
  }

  @Test
  void whatWasDoneBeforeCountsNeitherForTheRateNorForTheTimeLeft() {
    try (Progress.Task task = progress.start("train", 200)) {
      task.skip(100);
      seconds(10);
      task.advance(20);
    }
    assertTrue(last().contains("120/200"), this::last);
    assertTrue(last().contains("2.0/s"), this::last);
    assertTrue(last().contains("0:00:40"), this::last);
  }

  @Test
  void nothingDoneYetHasNoTimeLeft() {
    try (Progress.Task task = progress.start("train", 200)) {
      task.skip(100);
      seconds(10);
    }
    assertTrue(last().contains("0.0/s"), this::last);
    assertTrue(last().contains("/ ?"), this::last);
  }
}

package io.sparkddpm.spark.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LineProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final AtomicLong clock = new AtomicLong();
  private final Progress progress =
      new LineProgress(
          new PrintStream(bytes, true, StandardCharsets.UTF_8), Duration.ofSeconds(10), clock::get);

  private List<String> lines() {
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private void seconds(long n) {
    clock.addAndGet(n * 1_000_000_000L);
  }

  @Test
  void saysRateAndTimeLeftAtIntervals() {
    try (Progress.Task task = progress.start("train", 200)) {
      seconds(5);
      task.advance(10);
      assertEquals(List.of(), lines());
      seconds(5);
      task.message("loss 0.1");
      task.advance(10);
      assertEquals(List.of("train: 20/200 (10 %), 2.00/s, 1 min 30 s left, loss 0.1"), lines());
      seconds(90);
    }
    assertEquals("train: 20 done in 1 min 40 s, loss 0.1", lines().get(1));
  }

  @Test
  void whatWasDoneBeforeDoesNotCountForTheSpeed() {
    try (Progress.Task task = progress.start("train", 200)) {
      task.skip(100);
      seconds(10);
      task.advance(20);
    }
    assertEquals("train: 120/200 (60 %), 2.00/s, 40.0 s left", lines().get(0));
  }

  @Test
  void anUnknownTotalHasNoTimeLeft() {
    try (Progress.Task task = progress.start("shard", 0)) {
      seconds(10);
      task.advance(5);
    }
    assertEquals("shard: 5, 0.500/s", lines().get(0));
  }

  @Test
  void spansOfTime() {
    assertEquals("59.9 s", Durations.text(59.94));
    assertEquals("1 min 00 s", Durations.text(59.96));
    assertEquals("26 h 03 min", Durations.text(26 * 3600 + 3 * 60 + 20));
  }
}

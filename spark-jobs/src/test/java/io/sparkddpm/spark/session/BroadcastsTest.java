package io.sparkddpm.spark.session;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class BroadcastsTest {
  @Test
  void aBroadcastThatCannotBeDestroyedIsNoError() throws IOException {
    Broadcast<String> gone;
    Broadcast<String> left;
    try (SparkSession spark = Sessions.open("test", Map.of("spark.master", "local[1]"))) {
      JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
      gone = context.broadcast("gone");
      left = context.broadcast("left");
      assertEquals("gone", gone.value());
      Broadcasts.destroyNow(gone);
      assertThrows(SparkException.class, gone::value);
      assertDoesNotThrow(() -> Broadcasts.destroy(gone));
      assertDoesNotThrow(() -> Broadcasts.destroyNow(gone));
    }
    assertDoesNotThrow(() -> Broadcasts.destroyNow(left)); // Spark has ended
  }

  /** Spark prints a stack trace if it stops before. */
  @Test
  void aLocalBroadcastIsGoneWhenItHasBeenDestroyed() throws IOException {
    try (SparkSession spark = Sessions.open("test", Map.of("spark.master", "local[1]"))) {
      JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
      for (int i = 0; i < 20; i++) {
        Broadcast<byte[]> large = context.broadcast(new byte[1 << 20]);
        assertTrue(SparkEnv.get().memoryManager().storageMemoryUsed() > 0);
        Broadcasts.destroy(large);
        assertEquals(0, SparkEnv.get().memoryManager().storageMemoryUsed());
      }
    }
  }

  @Test
  void whateverFreeingThrowsIsKeptFromTheCaller() {
    for (Exception e :
        new Exception[] {
          new TimeoutException("of a call to an executor"), new IllegalStateException("stopped")
        }) {
      assertDoesNotThrow(
          () ->
              Broadcasts.bestEffort(
                  "free",
                  () -> {
                    throw e;
                  }));
    }
    Broadcasts.bestEffort(
        "free",
        () -> {
          throw new InterruptedException();
        });
    assertTrue(Thread.interrupted());
  }
}

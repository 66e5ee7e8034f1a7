package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingMetricsTest {
  @Test
  void survivesJson() {
    var metrics =
        new TrainingMetrics(
            20,
            0.1 + 0.2,
            List.of(1e-3, Double.NaN, 0.5, 1.0 / 3),
            List.of(0.75, Double.NaN, 1.0, 0.0),
            4.25,
            2e-4,
            640,
            33.3,
            1.5,
            0.25);
    assertEquals(metrics, TrainingMetrics.fromJson(metrics.toJson(), "line 1"));
    assertTrue(metrics.toJson().startsWith("{\"step\":20,\"loss\":0.30000000000000004,"));
  }

  @Test
  void linesOfEarlierVersionsHaveNoErrorsOfMeans() {
    String line = "{\"step\":20,\"loss\":0.5,\"lossByQuarter\":[1,null,0.5,0.25],\"examples\":4}";
    TrainingMetrics metrics = TrainingMetrics.fromJson(line, "line 1");
    assertEquals(List.of(1.0, Double.NaN, 0.5, 0.25), metrics.lossByQuarter());
    assertEquals(Collections.nCopies(4, Double.NaN), metrics.meanErrorByQuarter());
  }

  @Test
  void refusesForeignLines() {
    for (String line : List.of("{\"step\":1", "{}", "[1]", "{\"step\":1,\"loss\":2}")) {
      var e =
          assertThrows(
              UserException.class, () -> TrainingMetrics.fromJson(line, "metrics.jsonl, line 3"));
      assertTrue(e.getMessage().startsWith("metrics.jsonl, line 3 is not a line of metrics"));
    }
  }
}

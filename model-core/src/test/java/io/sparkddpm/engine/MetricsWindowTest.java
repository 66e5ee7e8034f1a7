package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.QuarterLosses;
import io.sparkddpm.objective.TimedLosses;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsWindowTest {
  private static StepStatistics step(long step, int examples, double loss, int... timesteps) {
    QuarterLosses quarters = new QuarterLosses(8);
    for (int t : timesteps) {
      quarters.add(t, loss / 3, loss / 7, 1);
    }
    return new StepStatistics(step, examples, loss, quarters, 2 * loss, 0.5, TimedLosses.NONE);
  }

  @Test
  void meansOverTheSteps() {
    MetricsWindow window = new MetricsWindow(8);
    window.add(step(0, 2, 0.3, 0, 7), 0.25);
    window.add(step(1, 2, 0.6, 1, 1), 0.25);
    TrainingMetrics metrics = window.metrics(2, 1e-3);
    assertEquals(0.45, metrics.loss(), 1e-15);
    assertEquals(0.9, metrics.gradientNorm(), 1e-15);
    assertEquals((0.1 + 0.2 + 0.2) / 3, metrics.lossByQuarter().get(0), 1e-15);
    assertEquals(Double.NaN, metrics.lossByQuarter().get(1));
    assertEquals(4, metrics.examples());
    assertEquals(4 / 1.5, metrics.imagesPerSecond(), 1e-12);
  }

  @Test
  void goesOnWhereItWasSaved() {
    MetricsWindow whole = new MetricsWindow(8);
    MetricsWindow first = new MetricsWindow(8);
    for (int i = 0; i < 3; i++) {
      whole.add(step(i, 3, 1.0 / (i + 3), i, 2 * i), 0);
      first.add(step(i, 3, 1.0 / (i + 3), i, 2 * i), 0);
    }
    MetricsWindow second = MetricsWindow.restore(8, first.save(), "file");
    for (MetricsWindow window : List.of(whole, second)) {
      window.add(step(3, 3, 0.7, 5), 0);
    }
    assertEquals(whole.save(), second.save());
    TrainingMetrics a = whole.metrics(4, 1);
    TrainingMetrics b = second.metrics(4, 1);
    assertEquals(a.loss(), b.loss());
    assertEquals(a.lossByQuarter(), b.lossByQuarter());
    assertEquals(a.meanErrorByQuarter(), b.meanErrorByQuarter());
    assertEquals(a.examples(), b.examples());
  }

  @Test
  void weightsAreWrittenWithAPointOnlyWhereTheyNeedOne() {
    MetricsWindow window = new MetricsWindow(8);
    QuarterLosses quarters = new QuarterLosses(8);
    quarters.add(0, 4, 0.5, 0.375);
    quarters.add(7, 3, 0.25, 1);
    window.add(new StepStatistics(0, 2, 1, quarters, 1, 0.5, TimedLosses.NONE), 0);
    assertEquals("1 2 1.0 1.0 1.5 0.375 0.0 0 0.0 0 3.0 1 0.1875 0.0 0.0 0.25", window.save());
    MetricsWindow restored = MetricsWindow.restore(8, window.save(), "file");
    assertEquals(window.save(), restored.save());
    assertEquals(4, restored.metrics(1, 1).lossByQuarter().get(0));
    assertEquals(0.5, restored.metrics(1, 1).meanErrorByQuarter().get(0));
  }

  @Test
  void aWindowOfAnEarlierVersionHasNoErrorsOfMeans() {
    MetricsWindow begun = MetricsWindow.restore(8, "1 2 1.0 1.0 1.5 1 0.0 0 0.0 0 3.0 1", "file");
    begun.add(step(1, 2, 0.6, 1, 1), 0.25);
    assertEquals(Double.NaN, begun.metrics(2, 1).meanErrorByQuarter().get(0));
    assertEquals((1.5 + 0.2 + 0.2) / 3, begun.metrics(2, 1).lossByQuarter().get(0), 1e-15);
    MetricsWindow empty = MetricsWindow.restore(8, "0 0 0.0 0.0 0.0 0 0.0 0 0.0 0 0.0 0", "file");
    empty.add(step(1, 2, 0.7, 1, 1), 0.25);
    assertEquals(0.1, empty.metrics(2, 1).meanErrorByQuarter().get(0), 1e-15);
  }

  @Test
  void refusesForeignText() {
    for (String text : List.of("", "1 2 3", "1 2 x 4 5 6 7 8 9 10 11 12")) {
      var e =
          assertThrows(
              UserException.class, () -> MetricsWindow.restore(8, text, "run/_manifest.json"));
      assertTrue(e.getMessage().startsWith("run/_manifest.json has a metrics window"));
    }
  }

  @Test
  void workersMergeByExamples() {
    StepStatistics merged =
        StepStatistics.merge(List.of(step(4, 1, 0.9, 0), step(4, 2, 0.3, 7, 7)));
    assertEquals(0.5, merged.loss(), 1e-15);
    assertEquals(3, merged.examples());
    assertEquals(1.0, merged.gradientNorm(), 1e-15);
    assertEquals(2, merged.quarters().weight(3));
  }
}

package io.sparkddpm.spark.report;

import io.sparkddpm.engine.TrainingMetrics;
import java.awt.Color;
import java.util.ArrayList;
import java.util.List;

/** The loss by step as a PNG: as it was, smoothed, and smoothed by quarter of t; logarithmic. */
public final class LossPlot {
  private static final Color[] QUARTERS = {
    new Color(0xD55E00), new Color(0xE69F00), new Color(0x009E73), new Color(0x56B4E9)
  };

  private LossPlot() {}

  /**
   * Draws the curves.
   *
   * @param metrics in the order of their steps; values that are no positive number are left out
   * @return a PNG; empty where there is nothing to draw, or no font
   */
  public static byte[] png(List<TrainingMetrics> metrics) {
    List<double[]> loss = curve(metrics, -1);
    if (loss.isEmpty()) {
      return new byte[0];
    }
    LinePlot plot =
        new LinePlot("Training loss", "step", "mean squared error (log scale)")
            .logarithmic()
            .wholeX();
    for (int q = 0; q < QUARTERS.length; q++) {
      List<double[]> quarter = curve(metrics, q);
      if (!quarter.isEmpty()) {
        String name = "t in quarter " + (q + 1) + " of 4, smoothed";
        plot.curve(name, smooth(quarter), false, QUARTERS[q], 1f);
      }
    }
    return plot.curve("loss", loss, false, new Color(0xC8C8C8), 1f)
        .curve("loss, smoothed", smooth(loss), false, Color.BLACK, 2.2f)
        .png();
  }

  /** Points (step, loss), or of a quarter's loss where {@code quarter >= 0}. */
  private static List<double[]> curve(List<TrainingMetrics> metrics, int quarter) {
    List<double[]> points = new ArrayList<>();
    for (TrainingMetrics m : metrics) {
      double loss = quarter < 0 ? m.loss() : m.lossByQuarter().get(quarter);
      if (loss > 0 && Double.isFinite(loss)) {
        points.add(new double[] {m.step(), loss});
      }
    }
    return points;
  }

  /** Exponential mean over about a fiftieth of the curve, unbiased at its start. */
  private static List<double[]> smooth(List<double[]> points) {
    double keep = 1 - 1 / Math.max(1.0, points.size() / 50.0);
    double sum = 0;
    double weight = 0;
    List<double[]> smoothed = new ArrayList<>();
    for (double[] p : points) {
      sum = keep * sum + (1 - keep) * p[1];
      weight = keep * weight + (1 - keep);
      smoothed.add(new double[] {p[0], sum / weight});
    }
    return smoothed;
  }
}

package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.QuarterLosses;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Sums up consecutive steps into one {@link TrainingMetrics}. What it has summed so far can be
 * written down with a checkpoint, so that a resumed run reports what an uninterrupted one does;
 * only the times begin anew. Not thread-safe.
 */
public final class MetricsWindow {
  private final int timesteps;
  private long steps;
  private long examples;
  private double loss;
  private double norm;
  private QuarterLosses quarters;
  private long timedExamples;
  private double computeSeconds;
  private double communicationSeconds;

  /**
   * An empty window.
   *
   * @param timesteps T
   */
  public MetricsWindow(int timesteps) {
    this.timesteps = timesteps;
    clear();
  }

  /**
   * Takes in a step.
   *
   * @param communicationSeconds the step's part of what its round spent on anything but computing
   */
  public void add(StepStatistics step, double communicationSeconds) {
    steps++;
    examples += step.examples();
    loss += step.loss();
    norm += step.gradientNorm();
    quarters.merge(step.quarters());
    timedExamples += step.examples();
    computeSeconds += step.seconds();
    this.communicationSeconds += communicationSeconds;
  }

  /** Steps since the last {@link #clear}. */
  public long steps() {
    return steps;
  }

  /**
   * The sums as metrics.
   *
   * @param step steps taken so far by the run
   * @param learningRate of the last one
   */
  public TrainingMetrics metrics(long step, double learningRate) {
    checkState(steps > 0, "no step to report");
    List<Double> byQuarter = new ArrayList<>();
    List<Double> meanErrors = new ArrayList<>();
    for (int q = 0; q < QuarterLosses.PARTS; q++) {
      byQuarter.add(quarters.mean(q));
      meanErrors.add(quarters.meanError(q));
    }
    double seconds = computeSeconds + communicationSeconds;
    return new TrainingMetrics(
        step,
        loss / steps,
        byQuarter,
        meanErrors,
        norm / steps,
        learningRate,
        examples,
        timedExamples / seconds,
        computeSeconds,
        communicationSeconds);
  }

  /** Forgets everything. */
  public void clear() {
    steps = 0;
    examples = 0;
    loss = 0;
    norm = 0;
    quarters = new QuarterLosses(timesteps);
    timedExamples = 0;
    computeSeconds = 0;
    communicationSeconds = 0;
  }

  /** The sums, without the times, as text. */
  public String save() {
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%d %d ", steps, examples)).append(loss).append(' ');
    text.append(norm);
    for (int q = 0; q < QuarterLosses.PARTS; q++) {
      text.append(' ').append(quarters.sum(q)).append(' ').append(number(quarters.weight(q)));
    }
    for (int q = 0; q < QuarterLosses.PARTS; q++) {
      text.append(' ').append(quarters.meanErrorSum(q));
    }
    return text.toString();
  }

  /** Whole numbers without a point, so that windows of examples that all weigh 1 look as before. */
  private static String number(double weight) {
    return weight == Math.rint(weight) ? Long.toString((long) weight) : Double.toString(weight);
  }

  /**
   * Restores {@link #save}'s sums. Versions before had no errors of means: the line of metrics that
   * this window becomes will have none.
   *
   * @param file where the text was found, for the message
   */
  public static MetricsWindow restore(int timesteps, String text, String file) {
    String[] words = text.split(" ", -1);
    MetricsWindow window = new MetricsWindow(timesteps);
    try {
      window.steps = Long.parseLong(words[0]);
      window.examples = Long.parseLong(words[1]);
      window.loss = Double.parseDouble(words[2]);
      window.norm = Double.parseDouble(words[3]);
      double[] sums = new double[QuarterLosses.PARTS];
      double[] meanErrors = new double[QuarterLosses.PARTS];
      double[] weights = new double[QuarterLosses.PARTS];
      boolean hasMeanErrors = words.length > 4 + 2 * QuarterLosses.PARTS;
      for (int q = 0; q < QuarterLosses.PARTS; q++) {
        sums[q] = Double.parseDouble(words[4 + 2 * q]);
        weights[q] = Double.parseDouble(words[5 + 2 * q]);
        meanErrors[q] =
            hasMeanErrors
                ? Double.parseDouble(words[4 + 2 * QuarterLosses.PARTS + q])
                : window.steps == 0 ? 0 : Double.NaN;
      }
      window.quarters = QuarterLosses.of(timesteps, sums, meanErrors, weights);
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new UserException(e, "%s has a metrics window that cannot be read: '%s'", file, text);
    }
    return window;
  }
}

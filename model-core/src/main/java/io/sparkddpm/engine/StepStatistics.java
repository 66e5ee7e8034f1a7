package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.objective.QuarterLosses;
import io.sparkddpm.objective.TimedLosses;
import java.io.Serializable;
import java.util.List;

/**
 * What was seen of one step, by one worker or by all.
 *
 * @param step zero-based
 * @param examples images in it, at least 1
 * @param loss mean loss of these images
 * @param quarters their mean squared errors by quarter of t
 * @param gradientNorm L2 norm before clipping
 * @param seconds that it took to load, noise and compute
 * @param observed each example's level and loss; nothing where the clock does not observe them
 */
public record StepStatistics(
    long step,
    int examples,
    double loss,
    QuarterLosses quarters,
    double gradientNorm,
    double seconds,
    TimedLosses observed)
    implements Serializable {

  /**
   * All workers' views of a step, as one: means weighted by examples, the slowest one's time.
   *
   * @param parts in worker order, at least one
   */
  public static StepStatistics merge(List<StepStatistics> parts) {
    checkArgument(!parts.isEmpty(), "a step that no worker took");
    StepStatistics first = parts.get(0);
    if (parts.size() == 1) {
      return first;
    }
    int examples = 0;
    double loss = 0;
    double norm = 0;
    double seconds = 0;
    QuarterLosses quarters = first.quarters.empty();
    for (StepStatistics part : parts) {
      checkArgument(part.step == first.step, "steps %s and %s do not merge", first.step, part.step);
      examples += part.examples;
      loss += part.examples * part.loss;
      norm += part.examples * part.gradientNorm;
      seconds = Math.max(seconds, part.seconds);
      quarters.merge(part.quarters);
    }
    return new StepStatistics(
        first.step,
        examples,
        loss / examples,
        quarters,
        norm / examples,
        seconds,
        TimedLosses.join(parts.stream().map(StepStatistics::observed).toList()));
  }

  /** The same with another norm. */
  public StepStatistics withGradientNorm(double norm) {
    return new StepStatistics(step, examples, loss, quarters, norm, seconds, observed);
  }

  /** Whether loss and norm are numbers. */
  public boolean isFinite() {
    return Double.isFinite(loss) && Double.isFinite(gradientNorm);
  }
}

package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import org.junit.jupiter.api.Test;

/** The loss of a classifier, and its slope. */
class CrossEntropyTest {
  private static final Shape SCORES = Shape.of(3, 2, 2);
  private static final float[] WEIGHTS = {1, 0.5f};

  private static TrainingBatch batch(Condition condition) {
    Batch x = new Batch(2, Shape.of(1, 8, 8));
    NetworkInput input = new NetworkInput(x, new double[] {3, 900}, condition, new long[2]);
    return new TrainingBatch(1, 2, input, x.like(), x.like(), new long[2], WEIGHTS);
  }

  private static ItemLosses evaluate(Batch output) {
    ItemLosses losses = new ItemLosses(2);
    new CrossEntropy().evaluate(batch(Condition.labels(2, 0)), 0, 2, output, losses);
    return losses;
  }

  @Test
  void closedForms() {
    ItemLosses none = evaluate(new Batch(2, SCORES));
    assertEquals(Math.log(3), none.loss(0), 1e-15);
    assertEquals(1, none.squaredError(0)); // the first of equals is said to be best
    assertEquals(0, none.squaredError(1));
    Batch sure = new Batch(2, SCORES);
    sure.data()[8] = 40; // a logit of 10 for the right class
    ItemLosses losses = evaluate(sure);
    assertEquals(Math.log1p(2 * Math.exp(-10)), losses.loss(0), 1e-12);
    assertEquals(0, losses.squaredError(0));
  }

  @Test
  void theGradientIsTheSlope() {
    Batch output = new Batch(2, SCORES);
    RandomStream.of(1, Purpose.NOISE, 1).fillGaussian(output.data(), 0, output.data().length);
    Batch gradient = new Batch(output.data().clone(), 2, SCORES);
    evaluate(gradient);
    double h = 1.0 / 64;
    for (int i = 0; i < output.data().length; i++) {
      int item = i / SCORES.length();
      double slope = 0;
      for (int sign : new int[] {1, -1}) {
        Batch moved = new Batch(output.data().clone(), 2, SCORES);
        moved.data()[i] += (float) (sign * h);
        slope += sign * evaluate(moved).loss(item) / (2 * h);
      }
      // the third derivative of a logarithm of a softmax is below 0.1; the mean is of four places
      assertEquals(WEIGHTS[item] / 2 * slope, gradient.data()[i], 1e-6);
    }
  }

  @Test
  void itNeedsLabelsAndAChannelForEachClass() {
    UserException e =
        assertThrows(
            UserException.class,
            () ->
                new CrossEntropy()
                    .evaluate(
                        batch(Condition.none(2)), 0, 2, new Batch(2, SCORES), new ItemLosses(2)));
    assertEquals("a classifier learns from labels, and image 0 has none", e.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> new CrossEntropy().checkOutput(Shape.of(1, 8, 8), Shape.of(1, 8, 8)));
  }
}

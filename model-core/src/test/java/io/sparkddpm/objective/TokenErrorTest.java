package io.sparkddpm.objective;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.NoiseConfig;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.TokenLogits;
import io.sparkddpm.diffusion.TokenNoise;
import io.sparkddpm.diffusion.TokenTerm;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.MutualInformationSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loss of tokens, and its slope. */
class TokenErrorTest {
  private static final int TOKENS = 4;
  private static final int LENGTH = 6;
  private static final int STEPS = 8;
  private static final float[] WEIGHTS = {1, 0.5f, 2};
  private static final double LAMBDA = 0.3;

  private static GaussianDiffusion diffusion(boolean masks) {
    ScheduleConfig schedule =
        masks ? new MutualInformationSchedule(STEPS) : new LinearSchedule(STEPS, 0.05, 0.6);
    NoiseConfig noise = masks ? new NoiseConfig.Absorbing(TOKENS) : new NoiseConfig.Uniform(TOKENS);
    return new GaussianDiffusion(
        NoiseSchedule.of(schedule),
        new DiffusionConfig(PredictionType.X0, VarianceType.BETA, true, noise));
  }

  /** Some of three sequences, at t = 0, 5 and 3. */
  private static TrainingBatch batch(int... items) {
    Batch x0 = new Batch(items.length, Shape.of(1, 1, LENGTH));
    double[] levels = new double[items.length];
    long[] ids = new long[items.length];
    float[] weights = new float[items.length];
    for (int n = 0; n < items.length; n++) {
      levels[n] = new double[] {0, 5, 3}[items[n]];
      ids[n] = 70L + items[n];
      weights[n] = WEIGHTS[items[n]];
      for (int j = 0; j < LENGTH; j++) {
        x0.data()[x0.offset(n) + j] = (items[n] + j * j) % TOKENS;
      }
    }
    NetworkInput input =
        new NetworkInput(x0.like(), levels, Condition.none(items.length), new long[items.length]);
    return new TrainingBatch(1, 2, input, x0, x0.like(), ids, weights);
  }

  private static Batch logits(Batch like) {
    Batch output = like.like();
    RandomStream.of(5, Purpose.NOISE, 1).fillGaussian(output.data(), 0, output.data().length);
    return output;
  }

  private static Batch copy(Batch batch) {
    return new Batch(batch.data().clone(), batch.count(), batch.shape());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theLossIsTheBoundAndTheCrossEntropy(boolean masks) {
    GaussianDiffusion diffusion = diffusion(masks);
    TokenNoise noise = diffusion.config().noise().tokenNoise().orElseThrow();
    TrainingBatch batch = batch(0, 1, 2);
    TokenError error = new TokenError(diffusion, LAMBDA);
    Batch seen = error.input(batch).x();
    Batch output = logits(seen);
    ItemLosses losses = new ItemLosses(3);
    error.evaluate(batch, 0, 3, copy(output), losses);
    TokenTerm term = new TokenTerm(noise);
    TokenLogits read = new TokenLogits(noise);
    for (int n = 0; n < 3; n++) {
      double bits = 0;
      double entropy = 0;
      for (int j = 0; j < LENGTH; j++) {
        int x0 = (int) batch.x0().data()[n * LENGTH + j];
        int state = TokenLogits.state(seen, n, j);
        double[] p = read.read(output, n, j, state);
        assertEquals(1, Arrays.stream(p).sum(), 1e-12);
        term.evaluate(x0, state, p, diffusion.process().unitSteps()[batch.timestep(n)]);
        bits += term.nats() / Math.log(2) / LENGTH;
        entropy -= Math.log(p[x0]) / Math.log(2) / LENGTH;
      }
      assertEquals(STEPS * bits + LAMBDA * entropy, losses.loss(n), 1e-12);
      assertEquals(entropy, losses.squaredError(n), 1e-6); // kept as a float
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theGradientIsTheSlope(boolean masks) {
    TrainingBatch batch = batch(0, 1, 2);
    TokenError error = new TokenError(diffusion(masks), LAMBDA);
    Batch output = logits(error.input(batch).x());
    Batch gradient = copy(output);
    error.evaluate(batch, 0, 3, gradient, new ItemLosses(3));
    double h = 1.0 / 256; // exact in float beside logits below 8
    ItemLosses losses = new ItemLosses(3);
    for (int i = 0; i < output.data().length; i++) {
      double slope = 0;
      for (int sign : new int[] {1, -1}) {
        Batch moved = copy(output);
        moved.data()[i] += (float) (sign * h);
        double actual = moved.data()[i] - (double) output.data()[i];
        error.evaluate(batch, 0, 3, moved, losses);
        slope += losses.loss(i / output.itemLength()) / (2 * actual);
      }
      double weight = WEIGHTS[i / output.itemLength()] / batch.count();
      // third derivatives are below T/LENGTH, times h²/6; rounding of a moved logit, 1e-7/h,
      // cancels
      assertEquals(weight * slope, gradient.data()[i], 2e-4);
    }
  }

  /** What is known is neither lost nor learned from: an unmasked token has no term. */
  @Test
  void onlyMaskedTokensMoveTheBound() {
    TrainingBatch batch = batch(0, 1, 2);
    TokenError error = new TokenError(diffusion(true), 0);
    Batch seen = copy(error.input(batch).x());
    Batch gradient = logits(seen);
    error.evaluate(batch, 0, 3, gradient, new ItemLosses(3));
    int masked = 0;
    for (int n = 0; n < 3; n++) {
      for (int j = 0; j < LENGTH; j++) {
        boolean isMask = TokenLogits.state(seen, n, j) == TOKENS;
        masked += isMask ? 1 : 0;
        for (int k = 0; k <= TOKENS; k++) {
          float slope = gradient.data()[gradient.offset(n) + k * LENGTH + j];
          assertEquals(isMask && k < TOKENS, slope != 0, n + " " + j + " " + k);
        }
      }
    }
    assertEquals(true, masked > 0 && masked < 3 * LENGTH);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anItemDoesNotDependOnItsCompany(boolean masks) {
    TokenError error = new TokenError(diffusion(masks), LAMBDA);
    Batch together = copy(error.input(batch(0, 1, 2)).x());
    for (int n = 0; n < 3; n++) {
      Batch alone = error.input(batch(n)).x();
      assertArrayEquals(
          Arrays.copyOfRange(together.data(), together.offset(n), together.offset(n + 1)),
          alone.data());
    }
    Batch output = logits(together);
    ItemLosses whole = new ItemLosses(3);
    ItemLosses parts = new ItemLosses(3);
    Batch once = copy(output);
    Batch twice = copy(output);
    error.input(batch(0, 1, 2));
    error.evaluate(batch(0, 1, 2), 0, 3, once, whole);
    error.evaluate(batch(0, 1, 2), 0, 1, twice, parts);
    error.evaluate(batch(0, 1, 2), 1, 3, twice, parts);
    assertArrayEquals(once.data(), twice.data());
    assertArrayEquals(whole.losses(), parts.losses());
  }

  @Test
  void anotherOutputIsRefused() {
    TokenError error = new TokenError(diffusion(true), LAMBDA);
    Shape data = Shape.of(1, 1, LENGTH);
    error.checkOutput(data, Shape.of(TOKENS + 1, 1, LENGTH));
    assertThrows(
        IllegalArgumentException.class, () -> error.checkOutput(data, Shape.of(TOKENS, 1, LENGTH)));
  }
}

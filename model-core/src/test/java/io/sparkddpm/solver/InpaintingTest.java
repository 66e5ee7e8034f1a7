package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.InpaintingDenoiser;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.Variance;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleConsumer;
import org.junit.jupiter.api.Test;

/** The mixture of Gaussians in the plane, with one of the two coordinates known. */
class InpaintingTest {
  private static final NoiseProcess PROCESS =
      new DiscreteProcess(NoiseSchedule.of(LinearSchedule.DEFAULTS));

  private static final Denoiser MIXTURE = new MixtureDenoiser(GaussianMixture.PLANE, PROCESS);
  private static final boolean[] FIRST = {true, false};

  private static Batch known(int count, float first) {
    Batch known = new Batch(count, Shape.of(2));
    for (int n = 0; n < count; n++) {
      known.data()[2 * n] = first;
      known.data()[2 * n + 1] = Float.NaN; // must not be read
    }
    return known;
  }

  @Test
  void knownElementsAreReadAsKnown() {
    Batch x = new Batch(new float[] {0.3f, -0.2f}, 1, Shape.of(2));
    Reading plain = Reading.ofX0AndEpsilon(1, Shape.of(2));
    Reading masked = Reading.ofX0AndEpsilon(1, Shape.of(2));
    double[] levels = {400};
    MIXTURE.predict(x, levels, Condition.none(1), plain);
    new InpaintingDenoiser(MIXTURE, known(1, 0.75f), FIRST)
        .predict(x, levels, Condition.none(1), masked);
    assertEquals(0.75f, masked.x0().data()[0]);
    double epsilon = (x.data()[0] - PROCESS.alpha(400) * 0.75) / PROCESS.sigma(400);
    assertEquals(epsilon, masked.epsilon().data()[0], 1e-6);
    assertEquals(plain.x0().data()[1], masked.x0().data()[1]);
    assertEquals(plain.epsilon().data()[1], masked.epsilon().data()[1]);
  }

  /**
   * On the line x = 1.5 nearly all mass belongs to the component at (1.5, 0.5), whose y is N(0.5,
   * 0.2 − 0.1²/0.3) there. Without going back the two coordinates fit worse.
   */
  @Test
  void goingBackMakesTheRestFitWhatIsKnown() {
    int count = 400;
    double[] mean = new double[2];
    Solver[] solvers = {AncestralSolver.DEFAULTS, new RePaintSolver(5, 6)};
    for (int s = 0; s < 2; s++) {
      Denoiser masked = new InpaintingDenoiser(MIXTURE, known(count, 1.5f), FIRST);
      Batch x =
          solvers[s].sample(
              masked,
              Spacing.UNIFORM.grid(60, PROCESS),
              new SeededNoise(1, 0, count),
              Condition.none(count),
              Shape.of(2),
              StepListener.NONE);
      for (int n = 0; n < count; n++) {
        assertEquals(1.5f, x.data()[2 * n], 1e-6f);
        mean[s] += x.data()[2 * n + 1] / count;
      }
    }
    double other = 0.2 * Math.exp(-1.3 * 1.3 / 0.8) / Math.sqrt(0.4);
    double share = other / (other + 0.5 / Math.sqrt(0.3)); // of the component at (0.2, −1.4)
    double exact = (1 - share) * 0.5 - share * 1.4;
    double own = 0.2 - 0.1 * 0.1 / 0.3;
    double squares = (1 - share) * (own + 0.25) + share * (0.1 + 1.4 * 1.4);
    double error = Math.sqrt((squares - exact * exact) / count);
    assertEquals(exact, mean[1], 4 * error);
    double plain = Math.abs(mean[0] - exact);
    assertTrue(Math.abs(mean[1] - exact) < plain, mean[1] + " against " + mean[0]);
  }

  /** A chain of 7 steps with jumps of 2: as the authors' schedule, without its single levels. */
  @Test
  void groupsOfStepsAreRepeated() {
    List<Integer> taken = new ArrayList<>();
    TimeGrid grid = Spacing.UNIFORM.grid(7, PROCESS);
    new RePaintSolver(2, 3)
        .sample(
            new Watched(level -> taken.add(6 - (int) Math.round(level * 6 / 999))),
            grid,
            new SeededNoise(1, 0, 1),
            Condition.none(1),
            Shape.of(2),
            StepListener.NONE);
    // t = 6 … 0; back from t = 4, 2 and 0 to 6, 4 and 2, twice each
    assertEquals(List.of(0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 4, 5, 4, 5, 4, 5, 6), taken);
    assertEquals(19, new RePaintSolver(2, 3).evaluations(7));
  }

  /** The mixture, and the levels at which it is evaluated. */
  private record Watched(DoubleConsumer levels) implements Denoiser {
    @Override
    public NoiseProcess process() {
      return PROCESS;
    }

    @Override
    public Variance variance() {
      return MIXTURE.variance();
    }

    @Override
    public void predict(Batch x, double[] at, Condition condition, Reading reading) {
      levels.accept(at[0]);
      MIXTURE.predict(x, at, condition, reading);
    }
  }

  @Test
  void fromALevelOn() {
    TimeGrid grid = Spacing.UNIFORM.grid(11, PROCESS);
    assertArrayEquals(new double[] {400, 300, 200, 100, 0, -1}, grid.notAbove(450).levels(), 1);
    assertArrayEquals(grid.levels(), grid.notAbove(999).levels());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> TimeGrid.of(900, 500, -1).notAbove(499));
    assertEquals("the grid has no level from 0 to 499; take more steps", e.getMessage());
    Batch begin = new Batch(new float[] {1, 0.5f, -1, 0}, 2, Shape.of(2));
    SeededBatches batches =
        new SeededBatches(DdimSolver.DEFAULTS, grid.notAbove(0), 3, 2, Shape.of(2));
    Batch drawn = batches.drawFrom(begin, MIXTURE, 4, Condition.none(2), StepListener.NONE);
    assertArrayEquals(begin.data(), drawn.data(), 0.05f); // hardly any noise at t = 0
    Batch alone =
        new SeededBatches(DdimSolver.DEFAULTS, grid.notAbove(500), 3, 1, Shape.of(2))
            .drawFrom(
                new Batch(new float[] {-1, 0}, 1, Shape.of(2)),
                MIXTURE,
                9,
                Condition.none(1),
                StepListener.NONE);
    Batch both =
        new SeededBatches(DdimSolver.DEFAULTS, grid.notAbove(500), 3, 2, Shape.of(2))
            .drawFrom(begin, MIXTURE, 4, Condition.none(2), StepListener.NONE);
    assertArrayEquals(alone.data(), Arrays.copyOfRange(both.data(), 2, 4));
  }

  @Test
  void masksAndJumpsAreChecked() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new InpaintingDenoiser(MIXTURE, known(1, 1), new boolean[3]));
    assertEquals("the mask must be of 2 elements, got 3", e.getMessage());
    e = assertThrows(IllegalArgumentException.class, () -> new RePaintSolver(0, 1));
    assertEquals("jump must be at least 1, got 0", e.getMessage());
    e = assertThrows(IllegalArgumentException.class, () -> new RePaintSolver(1, 0));
    assertEquals("passes must be at least 1, got 0", e.getMessage());
  }
}

package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import org.junit.jupiter.api.Test;

/**
 * The seam of solvers: one of its own, which draws from a denoiser. Configurations choose solvers
 * from the list of {@link Solver}, so that a solver of the program has one line there, in main.
 */
class ToySolverTest {
  private static final NoiseProcess PROCESS =
      new DiscreteProcess(NoiseSchedule.of(ScheduleConfig.DEFAULTS));

  /** Puts x_0 and ε together again at the next level. */
  private record Toy() implements Solver {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean addsNoise() {
      return false;
    }

    @Override
    public void solve(Trajectory path) {
      Reading reading = path.newReadingWithEpsilon();
      Batch[] terms = {reading.x0(), reading.epsilon()};
      for (int i = 0; i < path.steps(); i++) {
        path.evaluate(i, reading);
        double next = path.level(i + 1);
        double[] factors = {path.process().alpha(next), path.process().sigma(next)};
        path.move(0, factors, terms, 0);
      }
    }
  }

  private static Batch draw(Solver solver) {
    Denoiser denoiser = new MixtureDenoiser(GaussianMixture.PLANE, PROCESS);
    SeededBatches batches =
        new SeededBatches(solver, Spacing.STRIDE.grid(20, PROCESS), 3, 8, Shape.of(2));
    return batches.draw(denoiser, 0, Condition.none(8), StepListener.NONE);
  }

  /** It is DDIM without noise, written without its coefficients. */
  @Test
  void drawsAsDdimDoes() {
    float[] expected = draw(new DdimSolver(0)).data();
    float[] drawn = draw(new Toy()).data();
    for (int i = 0; i < drawn.length; i++) {
      assertEquals(expected[i], drawn[i], 1e-4, "value " + i);
    }
  }
}

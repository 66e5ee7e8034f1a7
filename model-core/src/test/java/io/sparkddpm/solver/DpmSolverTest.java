package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.statistics.SharedFiles;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DpmSolverTest {
  private static final NoiseProcess PROCESS =
      new DiscreteProcess(NoiseSchedule.of(LinearSchedule.DEFAULTS));

  /** An error in x of one float's rounding, about 1e-7 of 3, in each of 20 steps, not damped. */
  private static final double FLOAT_TOLERANCE = 1e-5;

  private static Batch solve(Solver solver, TimeGrid grid, Batch x) {
    solver.solve(
        new Trajectory(
            new MixtureDenoiser(GaussianMixture.PLANE, PROCESS),
            grid,
            x,
            Condition.none(x.count()),
            new SeededNoise(1, 0, x.count()),
            StepListener.NONE));
    return x;
  }

  private static Batch noise() {
    Batch x = new Batch(16, Shape.of(2));
    SeededNoise noise = new SeededNoise(3, 0, 16);
    for (int n = 0; n < 16; n++) {
      noise.fill(n, x.data(), 2 * n, 2);
    }
    return x;
  }

  /** Ends of diffusers' DPMSolverMultistepScheduler, which the authors' program agrees with. */
  @Test
  void endsWhereDiffusersEnds() throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("diffusion2/solvers_diffusers.npz");
    for (String steps : new String[] {"S10", "S20"}) {
      for (int order = 1; order <= 3; order++) {
        for (String spacing : new String[] {"linspace", "trailing", "leading"}) {
          String name = "dpmpp_multi/o" + order + "/" + spacing + "/" + steps;
          check(golden, name, new DpmSolver(order), NoiseProcess.CLEAN);
        }
      }
      check(golden, "dpmpp_multi/o2_final_sigma_min/linspace/" + steps, new DpmSolver(2), 0);
    }
  }

  private static void check(
      Map<String, NpyArray> golden, String name, DpmSolver solver, double end) {
    double[] timesteps = golden.get(name + "/timesteps").toDoubles();
    double[] levels = Arrays.copyOf(timesteps, timesteps.length + 1);
    levels[timesteps.length] = end;
    float[] start = golden.get("x_T").toFloats();
    Batch x = solve(solver, TimeGrid.of(levels), new Batch(start, 16, Shape.of(2)));
    double[] states = golden.get(name + "/states").toDoubles();
    int last = states.length - 32;
    for (int i = 0; i < 32; i++) {
      assertEquals(states[last + i], x.data()[i], FLOAT_TOLERANCE, name + ", " + i);
    }
  }

  @Test
  void orderOneIsDdim() {
    for (Spacing spacing : new Spacing[] {Spacing.UNIFORM, Spacing.TRAILING, Spacing.LOG_SNR}) {
      TimeGrid grid = spacing.grid(12, PROCESS);
      Batch ddim = solve(new DdimSolver(0), grid, noise());
      Batch dpm = solve(new DpmSolver(1), grid, noise());
      for (int i = 0; i < 32; i++) {
        assertEquals(ddim.data()[i], dpm.data()[i], FLOAT_TOLERANCE, spacing + ", " + i);
      }
    }
  }

  /** Where the ODE ends is where DDIM over all timesteps ends. */
  @Test
  void higherOrdersAreCloser() {
    Batch fine = solve(new DdimSolver(0), Spacing.UNIFORM.grid(1000, PROCESS), noise());
    double[] errors = new double[3];
    for (int order = 1; order <= 3; order++) {
      Batch x = solve(new DpmSolver(order), Spacing.LOG_SNR.grid(25, PROCESS), noise());
      for (int i = 0; i < 32; i++) {
        errors[order - 1] = Math.max(errors[order - 1], Math.abs(x.data()[i] - fine.data()[i]));
      }
    }
    assertTrue(errors[1] < errors[0] / 2, Arrays.toString(errors));
    assertTrue(errors[2] < errors[1], Arrays.toString(errors));
  }

  @Test
  void theOrderIsChecked() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new DpmSolver(4));
    assertEquals("order must be in [1, 3], got 4", e.getMessage());
  }
}

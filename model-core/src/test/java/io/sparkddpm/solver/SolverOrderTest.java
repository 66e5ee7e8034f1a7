package io.sparkddpm.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.GaussianMixture;
import io.sparkddpm.diffusion.MixtureDenoiser;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How fast the error of ODE solvers falls with their number of steps, on the mixture of Gaussians
 * between σ = 5 and 0.1, evenly in the log-SNR. The first step of a multistep solver is of order 1:
 * its error, which falls with the square of the steps, remains once the others' are smaller.
 */
class SolverOrderTest {
  private static final double MOST = 5;
  private static final double LEAST = 0.1;
  private static Batch exact;

  @BeforeAll
  static void solveFinely() {
    exact = solve(HeunSolver.DEFAULTS, 1000);
  }

  static Stream<Arguments> solvers() {
    return Stream.of(
        Arguments.of(EulerSolver.DEFAULTS, 1, 48),
        Arguments.of(new DpmSolver(1), 1, 48),
        Arguments.of(new DpmSolver(2), 2, 24),
        Arguments.of(new DpmSolver(3), 3, 12),
        Arguments.of(new DpmSingleStepSolver(2), 2, 24),
        Arguments.of(new DpmSingleStepSolver(3), 3, 12),
        Arguments.of(new UniPcSolver(1), 2, 24),
        Arguments.of(new UniPcSolver(2), 2, 48),
        Arguments.of(new UniPcSolver(3), 2, 24),
        Arguments.of(HeunSolver.DEFAULTS, 2, 24));
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void theErrorFallsAsTheOrderSays(Solver solver, int order, int steps) {
    double slope = Math.log(error(solver, steps) / error(solver, 4 * steps)) / Math.log(4);
    assertEquals(order, slope, 0.2, solver.toString());
  }

  private static double error(Solver solver, int steps) {
    Batch x = solve(solver, steps);
    double sum = 0;
    for (int i = 0; i < x.data().length; i++) {
      sum += Math.abs(x.data()[i] - exact.data()[i]);
    }
    return sum;
  }

  private static Batch solve(Solver solver, int steps) {
    Batch x = new Batch(16, Shape.of(2));
    SeededNoise noise = new SeededNoise(3, 0, 16);
    for (int n = 0; n < 16; n++) {
      noise.fill(n, x.data(), x.offset(n), 2);
    }
    double[] sigmas = new double[steps + 1];
    for (int i = 0; i <= steps; i++) {
      sigmas[i] = MOST * Math.pow(LEAST / MOST, (double) i / steps);
    }
    for (int i = 0; i < x.data().length; i++) {
      x.data()[i] *= (float) MOST;
    }
    solver.solve(
        new Trajectory(
            new MixtureDenoiser(GaussianMixture.PLANE, new SigmaProcess(MOST)),
            TimeGrid.of(sigmas),
            x,
            Condition.none(16),
            noise,
            StepListener.NONE));
    return x;
  }
}

package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.diffusion.VarianceType;
import java.io.Serializable;
import java.util.Arrays;

/**
 * N steps of DDIM in the place of 2N: what a student must see at the first of two levels so that
 * its one step ends where the two steps of a teacher end; Salimans and Ho 2022 (arXiv:2202.00512),
 * algorithm 2. Both grids are {@link Spacing#TRAILING}: every second level of the teacher's is the
 * student's. Scalar methods take one element, in double. Immutable; threads may share it.
 */
public final class HalvedSteps implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final DdimSolver DDIM = DdimSolver.DEFAULTS;

  private final double[] levels;
  private final double[] middles;
  private final LinearStep[] first;

  /** Of the x_0 at a step's level in the target; that at the middle has the rest. */
  private final double[] shares;

  /**
   * @param steps N of the student, at least 1; 2N at most the number of the process' timesteps
   */
  public HalvedSteps(int steps, NoiseProcess process) {
    checkArgument(steps >= 1, "a student takes at least 1 step, got %s", steps);
    int total = Spacing.timesteps(process);
    checkArgument(
        steps <= total / 2,
        "a student of %s steps learns from %s, more than the schedule's %s timesteps",
        steps,
        2L * steps,
        total);
    double[] teacher = Spacing.TRAILING.grid(2 * steps, process).levels();
    Transition[] halves = process.transitions(teacher);
    levels = new double[steps];
    middles = new double[steps];
    first = new LinearStep[steps];
    shares = new double[steps];
    for (int i = 0; i < steps; i++) {
      levels[i] = teacher[2 * i];
      middles[i] = teacher[2 * i + 1];
      double[] ends = {levels[i], teacher[2 * i + 2]};
      first[i] = ddim(halves[2 * i], process);
      double kept = ddim(halves[2 * i + 1], process).fromX();
      LinearStep whole = ddim(process.transitions(ends)[0], process);
      shares[i] = kept * first[i].fromX0() / whole.fromX0();
    }
  }

  private static LinearStep ddim(Transition step, NoiseProcess process) {
    return DDIM.step(step, process, VarianceType.BETA_TILDE.variance());
  }

  /** N. */
  public int steps() {
    return levels.length;
  }

  /**
   * Where a step begins.
   *
   * @param step from 0, the noisiest
   */
  public double level(int step) {
    return levels[step];
  }

  /** Where the first of a step's two halves ends. */
  public double middle(int step) {
    return middles[step];
  }

  /**
   * The step that begins at a level.
   *
   * @throws IllegalArgumentException if none does
   */
  public int stepAt(double level) {
    int step = 0;
    while (step < levels.length && levels[step] != level) {
      step++;
    }
    if (step == levels.length) { // not through Checks: its arguments would be allocated every time
      throw new IllegalArgumentException(
          "no step begins at level " + level + ", they begin at " + Arrays.toString(levels));
    }
    return step;
  }

  /**
   * Takes the first half of a step.
   *
   * @param x at the step's level
   * @param x0 that the teacher sees there
   * @return x at the middle
   */
  public double toMiddle(int step, double x, double x0) {
    return first[step].fromX() * x + first[step].fromX0() * x0;
  }

  /**
   * The x_0 with which one step ends where the two halves end. Both ways keep the same share of x
   * itself, which is why it does not matter: what remains is a mean of what the teacher sees.
   *
   * @param x0 that the teacher sees at the step's level
   * @param x0AtMiddle that it sees at the middle
   */
  public double target(int step, double x0, double x0AtMiddle) {
    return shares[step] * x0 + (1 - shares[step]) * x0AtMiddle;
  }
}

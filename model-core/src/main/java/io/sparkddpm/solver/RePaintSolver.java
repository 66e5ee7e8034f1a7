package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.Transition;

/**
 * Ancestral steps that go back: after every so many, noise is added again and the same steps are
 * repeated, so that a part of an image that is drawn anew fits the part that is known; Lugmayr et
 * al. 2022 (arXiv:2201.09865), alg. 1 and app. B.
 */
@Variant(
    value = "repaint",
    description =
        "ancestral steps, repeated so that what is drawn fits what is known: for sample --mask"
            + " (Lugmayr et al. 2022)")
public record RePaintSolver(
    @Key(value = "steps that are repeated together", range = "[1, inf)") int jump,
    @Key(value = "how often each is taken", range = "[1, inf)") int passes)
    implements Solver {
  /** The paper's. */
  public static final RePaintSolver DEFAULTS = new RePaintSolver(10, 10);

  private static final long serialVersionUID = 1L;

  /** Checks the ranges. */
  public RePaintSolver {
    checkArgument(jump >= 1, "jump must be at least 1, got %s", jump);
    checkArgument(passes >= 1, "passes must be at least 1, got %s", passes);
  }

  @Override
  public boolean addsNoise() {
    return true;
  }

  @Override
  public int evaluations(int steps) {
    return steps + (passes - 1) * jump * ((steps - 1) / jump);
  }

  /** Groups of steps end at multiples of the jump from the last step on, whose result is clean. */
  private boolean endsGroup(int step, int steps) {
    int left = steps - 1 - step;
    return left >= 1 && (left - 1) % jump == 0 && step + 1 >= jump;
  }

  @Override
  public void solve(Trajectory path) {
    Transition[] transitions = path.transitions();
    LinearSteps steps = new LinearSteps(AncestralSolver.DEFAULTS, path, transitions);
    for (int i = 0; i < transitions.length; i++) {
      boolean ends = endsGroup(i, transitions.length);
      for (int pass = 1; ends && pass < passes; pass++) {
        steps.repeat(i);
        goBack(path, transitions, i);
        for (int k = i + 1 - jump; k < i; k++) {
          steps.repeat(k);
        }
      }
      steps.take(i);
    }
  }

  /** Adds the noise of a group of steps again. */
  private void goBack(Trajectory path, Transition[] transitions, int last) {
    double signal = 1;
    for (int k = last + 1 - jump; k <= last; k++) {
      signal *= 1.0 - transitions[k].beta();
    }
    path.addNoise(Math.sqrt(signal), Math.sqrt(1.0 - signal));
  }
}

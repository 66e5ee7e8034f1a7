package io.sparkddpm.objective;

import io.sparkddpm.solver.HalvedSteps;
import java.util.Arrays;

/**
 * Draws one of the levels at which a student's steps begin, by a clock whose timesteps are the
 * steps.
 *
 * @param steps of the student
 * @param clock over {@code [0, N)}: 0 is the noisiest step
 */
record StepClock(HalvedSteps steps, Clock clock) implements Clock {
  private static final long serialVersionUID = 1L;

  @Override
  public double level(ExampleKey example) {
    return steps.level((int) clock.level(example));
  }

  @Override
  public double weight(double level) {
    return clock.weight(steps.stepAt(level));
  }

  @Override
  public boolean observes() {
    return clock.observes();
  }

  @Override
  public Clock fold(TimedLosses seen) {
    double[] drawn = Arrays.stream(seen.levels()).map(steps::stepAt).toArray();
    return new StepClock(steps, clock.fold(new TimedLosses(drawn, seen.losses())));
  }

  @Override
  public byte[] save() {
    return clock.save();
  }

  @Override
  public Clock restore(byte[] state) {
    return new StepClock(steps, clock.restore(state));
  }
}

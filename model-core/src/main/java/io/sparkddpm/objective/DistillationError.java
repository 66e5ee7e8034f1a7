package io.sparkddpm.objective;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.solver.HalvedSteps;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * max(SNR, 1) times the squared error of the x_0 that does in one step of DDIM what a teacher does
 * in two; Salimans and Ho 2022, algorithm 2 and section 4. Levels are those of the student's steps.
 */
final class DistillationError implements Objective {
  private final HalvedSteps steps;
  private final NoiseProcess process;
  private final Denoiser teacher;
  private final SquaredError error;
  private Batch x;
  private double[] levels;
  private Reading atStart;
  private Reading atMiddle;
  private Batch target;
  private Batch epsilon;

  /**
   * @param diffusion what the student predicts
   * @param teacher of twice the steps; used by the thread that uses this
   */
  DistillationError(GaussianDiffusion diffusion, HalvedSteps steps, Denoiser teacher) {
    this.steps = steps;
    this.process = diffusion.process();
    this.teacher = teacher;
    this.error = new SquaredError(diffusion, new TruncatedSnrWeighting());
  }

  @Override
  public void checkOutput(Shape data, Shape output) {
    error.checkOutput(data, output);
  }

  @Override
  public void evaluate(TrainingBatch batch, int first, int end, Batch output, ItemLosses losses) {
    int count = end - first;
    if (x == null || x.count() != count || !x.shape().equals(batch.xt().shape())) {
      x = new Batch(count, batch.xt().shape());
      levels = new double[count];
      atStart = Reading.ofX0(count, x.shape());
      atMiddle = Reading.ofX0(count, x.shape());
    }
    if (target == null || !target.sameShape(batch.x0())) {
      target = batch.x0().like();
      epsilon = batch.x0().like();
    }
    followTeacher(batch, first);
    error.evaluate(batch.withTarget(target, epsilon), first, end, output, losses);
  }

  /** Has the teacher take its two steps; fills the targets of the items from {@code first} on. */
  private void followTeacher(TrainingBatch batch, int first) {
    Condition condition = batch.condition().slice(first, x.count());
    int from = batch.xt().offset(first);
    System.arraycopy(batch.xt().data(), from, x.data(), 0, x.data().length);
    for (int n = 0; n < x.count(); n++) {
      levels[n] = batch.level(first + n);
    }
    teacher.predict(x, levels, condition, atStart);
    for (int n = 0; n < x.count(); n++) {
      int step = steps.stepAt(levels[n]);
      levels[n] = steps.middle(step);
      for (int i = x.offset(n); i < x.offset(n + 1); i++) {
        x.data()[i] = (float) steps.toMiddle(step, x.data()[i], atStart.x0().data()[i]);
      }
    }
    teacher.predict(x, levels, condition, atMiddle);
    for (int n = 0; n < x.count(); n++) {
      double level = batch.level(first + n);
      int step = steps.stepAt(level);
      double alpha = process.alpha(level);
      double sigma = process.sigma(level);
      for (int i = x.offset(n); i < x.offset(n + 1); i++) {
        double xt = batch.xt().data()[from + i];
        double x0 = steps.target(step, atStart.x0().data()[i], atMiddle.x0().data()[i]);
        target.data()[from + i] = (float) x0;
        epsilon.data()[from + i] = (float) ((xt - alpha * x0) / sigma);
      }
    }
  }
}

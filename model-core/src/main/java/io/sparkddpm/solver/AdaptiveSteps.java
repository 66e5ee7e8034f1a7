package io.sparkddpm.solver;

import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;

/**
 * Steps of dx̄/dln σ = x̄ − x_0 of x̄ = x/α, σ the process' σ/α, by the pair of Dormand and Prince
 * 1980, as each item's own error allows; errors are measured in x. Every evaluation is of the whole
 * batch: an item that has arrived, or that repeats a step, costs what the others cost. One thread
 * at a time.
 */
final class AdaptiveSteps {
  private static final double[] NODES = {0, 1 / 5.0, 3 / 10.0, 4 / 5.0, 8 / 9.0, 1, 1};

  private static final double[][] WEIGHTS = {
    {},
    {1 / 5.0},
    {3 / 40.0, 9 / 40.0},
    {44 / 45.0, -56 / 15.0, 32 / 9.0},
    {19372 / 6561.0, -25360 / 2187.0, 64448 / 6561.0, -212 / 729.0},
    {9017 / 3168.0, -355 / 33.0, 46732 / 5247.0, 49 / 176.0, -5103 / 18656.0},
    {35 / 384.0, 0, 500 / 1113.0, 125 / 192.0, -2187 / 6784.0, 11 / 84.0}
  };

  /** Order 5 less order 4. */
  private static final double[] ERROR = {
    71 / 57600.0, 0, -71 / 16695.0, 71 / 1920.0, -17253 / 339200.0, 22 / 525.0, -1 / 40.0
  };

  private static final int STAGES = ERROR.length;
  private static final double FIRST_STEP = 0.1;
  private static final double SAFETY = 0.9;
  private static final double LEAST_FACTOR = 0.2;
  private static final double LARGEST_FACTOR = 5;

  private final OdePath path;
  private final NoiseProcess process;
  private final double absolute;
  private final double relative;
  private final double first;
  private final double last;
  private final double from;
  private final double to;
  private final Batch scaled;
  private final Batch next;
  private final Batch[] slopes = new Batch[STAGES];
  private final double[][] density = new double[STAGES][];
  private final Reading seen;
  private final double[] at;
  private final double[] step;
  private final double[] taken;
  private final double[] levels;

  /**
   * @param absolute error of a value that a step may make
   * @param relative the same as a part of the value
   */
  AdaptiveSteps(OdePath path, double absolute, double relative) {
    this.path = path;
    this.absolute = absolute;
    this.relative = relative;
    process = path.process();
    first = path.grid().level(0);
    last = path.grid().level(path.grid().steps());
    from = logSigma(first);
    to = logSigma(last);
    Batch x = path.x();
    scaled = x.like();
    next = x.like();
    Arrays.setAll(slopes, s -> x.like());
    seen = Reading.ofX0(x.count(), x.shape());
    at = new double[x.count()];
    step = new double[x.count()];
    taken = new double[x.count()];
    levels = new double[x.count()];
  }

  private double logSigma(double level) {
    return -0.5 * process.logSnr(level);
  }

  /** The ends are those of the grid; ln σ of them may be rounded. */
  private double level(double logSigma) {
    if (logSigma == from || logSigma == to) {
      return logSigma == from ? first : last;
    }
    double between = process.level(-2 * logSigma);
    return Math.max(Math.min(first, last), Math.min(Math.max(first, last), between));
  }

  void takeAll() {
    Batch x = path.x();
    Arrays.fill(at, from);
    Arrays.fill(step, FIRST_STEP);
    double alpha = process.alpha(first);
    for (int i = 0; i < x.data().length; i++) {
      scaled.data()[i] = (float) (x.data()[i] / alpha);
    }
    evaluate(0, scaled, 0);
    for (int attempt = 0; take(attempt); attempt++) {
      for (int n = 0; n < x.count(); n++) {
        judge(n);
      }
    }
    double end = process.alpha(last);
    for (int i = 0; i < x.data().length; i++) {
      x.data()[i] = (float) (end * scaled.data()[i]);
    }
  }

  /** Tries a step of every item that has not arrived; false if all have. */
  private boolean take(int attempt) {
    boolean anyLeft = false;
    for (int n = 0; n < at.length; n++) {
      double left = to - at[n];
      taken[n] = Math.copySign(Math.min(step[n], Math.abs(left)), left);
      anyLeft |= left != 0;
    }
    for (int stage = 1; anyLeft && stage < STAGES; stage++) {
      for (int n = 0; n < at.length; n++) {
        combine(n, WEIGHTS[stage]);
      }
      evaluate(stage, next, attempt);
    }
    return anyLeft;
  }

  /** next ← x̄ + h·Σ weights·slopes. */
  private void combine(int item, double[] weights) {
    for (int i = next.offset(item); i < next.offset(item + 1); i++) {
      double sum = 0;
      for (int s = 0; s < weights.length; s++) {
        sum += weights[s] * slopes[s].data()[i];
      }
      next.data()[i] = (float) (scaled.data()[i] + taken[item] * sum);
    }
  }

  private void evaluate(int stage, Batch items, int attempt) {
    Batch x = path.x();
    for (int n = 0; n < at.length; n++) {
      levels[n] = level(NODES[stage] == 1 ? end(n) : at[n] + NODES[stage] * taken[n]);
      double alpha = process.alpha(levels[n]);
      for (int i = x.offset(n); i < x.offset(n + 1); i++) {
        x.data()[i] = (float) (alpha * items.data()[i]);
      }
      path.evaluations()[n] += at[n] == to ? 0 : 1 + path.divergenceEvaluations();
    }
    path.predict(x, levels, seen);
    path.listener().onStep(attempt, levels[0], x, seen.x0());
    if (path.hasDensity()) {
      density[stage] = path.divergence(x, levels);
    }
    for (int i = 0; i < x.data().length; i++) {
      slopes[stage].data()[i] = items.data()[i] - seen.x0().data()[i];
    }
  }

  /** ln σ at which an item's step ends; the last one's without rounding. */
  private double end(int item) {
    boolean isLast = Math.abs(taken[item]) == Math.abs(to - at[item]);
    return isLast ? to : at[item] + taken[item];
  }

  /** Accepts the step of an item or not, and chooses the next. */
  private void judge(int item) {
    if (at[item] == to) {
      return;
    }
    double error = error(item);
    double factor = error == 0 ? LARGEST_FACTOR : SAFETY * Math.pow(error, -0.2);
    step[item] = Math.abs(taken[item]) * Math.max(LEAST_FACTOR, Math.min(LARGEST_FACTOR, factor));
    if (error > 1) {
      return;
    }
    if (path.hasDensity()) {
      double[] weights = WEIGHTS[STAGES - 1];
      for (int s = 0; s < weights.length; s++) {
        path.logDensity()[item] += taken[item] * weights[s] * density[s][item];
      }
      density[0][item] = density[STAGES - 1][item];
    }
    at[item] = end(item);
    int offset = next.offset(item);
    int length = next.itemLength();
    System.arraycopy(next.data(), offset, scaled.data(), offset, length);
    System.arraycopy(slopes[STAGES - 1].data(), offset, slopes[0].data(), offset, length);
  }

  /** Root mean square of the errors over what is allowed; at most 1 is good. */
  private double error(int item) {
    double begin = process.alpha(level(at[item]));
    double end = process.alpha(level(end(item)));
    double sum = 0;
    for (int i = next.offset(item); i < next.offset(item + 1); i++) {
      double error = 0;
      for (int s = 0; s < STAGES; s++) {
        error += ERROR[s] * slopes[s].data()[i];
      }
      double size = Math.max(begin * Math.abs(scaled.data()[i]), end * Math.abs(next.data()[i]));
      double part = end * taken[item] * error / (absolute + relative * size);
      sum += part * part;
    }
    return Math.sqrt(sum / next.itemLength());
  }
}

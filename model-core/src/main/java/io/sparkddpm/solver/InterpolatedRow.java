package io.sparkddpm.solver;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;

/**
 * The two ends of an {@link Interpolation} at the level of a row, as data and noise, and what lies
 * between them. One thread at a time.
 */
final class InterpolatedRow {
  private static final long BACK = 2;

  /** Below this sine of their angle two directions are one, and any mixture is linear. */
  private static final double LEAST_SINE = 1e-6;

  private final RowDrawer drawer;
  private final Interpolation rows;
  private final int label;
  private final TimeGrid grid;
  private final Batch data;
  private final Batch noise;
  private final double alpha;
  private final double sigma;
  private final double angle;

  /**
   * Takes the ends to the level.
   *
   * @param level {@link NoiseProcess#CLEAN} for the data themselves
   * @param ends two items
   * @param label of all, or none
   */
  InterpolatedRow(RowDrawer drawer, Interpolation rows, double level, Batch ends, int label) {
    this.drawer = drawer;
    this.rows = rows;
    this.label = label;
    boolean isClean = level == NoiseProcess.CLEAN;
    boolean ofSeeds = rows.noise() == Interpolation.Noise.SEEDS;
    grid = isClean ? null : drawer.batches().grid().notAbove(level);
    double start = isClean ? NoiseProcess.CLEAN : grid.level(0);
    NoiseProcess process = drawer.denoiser().process();
    alpha = ofSeeds ? 0 : process.alpha(start);
    sigma = ofSeeds ? 1 : process.sigma(start);
    data = ends;
    noise = isClean ? ends.like() : noise();
    angle = angle(noise);
  }

  private Batch noise() {
    Batch ends = data.like();
    if (rows.noise() == Interpolation.Noise.ODE) {
      Batch there = flow().encode(data, drawer.condition(label, 2));
      for (int i = 0; i < there.data().length; i++) {
        ends.data()[i] = (float) ((there.data()[i] - alpha * data.data()[i]) / sigma);
      }
      return ends;
    }
    for (int n = 0; n < 2; n++) {
      stream(n).fillGaussian(ends.data(), ends.offset(n), ends.itemLength());
    }
    return ends;
  }

  private RandomStream stream(int end) {
    long seed = drawer.batches().seed();
    return switch (rows.noise()) {
      case SEEDS -> RandomStream.of(end == 0 ? rows.from() : rows.to(), Purpose.SAMPLE, 0);
      case SHARED -> RandomStream.of(seed, Purpose.INTERPOLATION, 0);
      default -> RandomStream.of(seed, Purpose.INTERPOLATION, end);
    };
  }

  private ProbabilityFlow flow() {
    return new ProbabilityFlow(drawer.plain(), grid, OdeSteps.FIXED, drawer.listener());
  }

  private static double angle(Batch two) {
    double dot = 0;
    double first = 0;
    double second = 0;
    for (int i = 0; i < two.itemLength(); i++) {
      double a = two.data()[i];
      double b = two.data()[two.offset(1) + i];
      dot += a * b;
      first += a * a;
      second += b * b;
    }
    double length = Math.sqrt(first * second);
    return length == 0 ? 0 : StrictMath.acos(Math.max(-1, Math.min(1, dot / length)));
  }

  /** A batch of columns, from one on; the last column fills it up. */
  Batch from(int first) {
    Batch x = new Batch(drawer.batches().size(), data.shape());
    for (int n = 0; n < x.count(); n++) {
      mix(rows.lambda(Math.min(first + n, rows.columns() - 1)), x, n);
    }
    if (grid == null) {
      return x;
    }
    Condition condition = drawer.condition(label, x.count());
    if (rows.noise() == Interpolation.Noise.ODE) {
      return flow().decode(x, condition);
    }
    drawer.solve(grid, x, condition, new SameNoise(x.count()));
    return x;
  }

  private void mix(double lambda, Batch to, int item) {
    double near = 1 - lambda;
    double far = lambda;
    double sine = StrictMath.sin(angle);
    if (rows.path() == Interpolation.Path.SPHERICAL && sine > LEAST_SINE) {
      near = StrictMath.sin((1 - lambda) * angle) / sine;
      far = StrictMath.sin(lambda * angle) / sine;
    }
    int length = data.itemLength();
    for (int i = 0; i < length; i++) {
      double image = (1 - lambda) * data.data()[i] + lambda * data.data()[length + i];
      double drawn = near * noise.data()[i] + far * noise.data()[length + i];
      to.data()[to.offset(item) + i] = (float) (alpha * image + sigma * drawn);
    }
  }

  /** The same draws for every item, so that neighbours differ by λ alone. */
  private final class SameNoise implements NoiseSource {
    private final RandomStream[] streams;

    private SameNoise(int count) {
      streams = new RandomStream[count];
      for (int n = 0; n < count; n++) {
        streams[n] = RandomStream.of(drawer.batches().seed(), Purpose.INTERPOLATION, BACK);
      }
    }

    @Override
    public void fill(int item, float[] destination, int offset, int length) {
      streams[item].fillGaussian(destination, offset, length);
    }
  }
}

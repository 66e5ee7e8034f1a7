package io.sparkddpm.spark.evaluation.bound;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.BoundEvaluator;
import io.sparkddpm.diffusion.BoundSums;
import io.sparkddpm.diffusion.TimestepRanges;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ImageGrid;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.network.Network;
import io.sparkddpm.spark.data.DataConfig;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.ExampleSource;
import io.sparkddpm.spark.data.ExampleSpan;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.executor.Role;
import io.sparkddpm.spark.session.RunningTask;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.tensor.Batch;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Measures parts of a plan on an executor; broadcast to it once, with the weights.
 *
 * @param plan what to measure
 * @param medium what the items are
 * @param conf of the datasets' file systems
 * @param datasets by the plan's index
 * @param data how they are read
 * @param engine what computes
 * @param optimizer of the run: models of its training serve here too
 * @param threads native threads of a task
 * @param weights flat, in the engine's order
 */
record PartEvaluator(
    EvaluatePlan plan,
    Medium medium,
    HadoopConf conf,
    List<Dataset> datasets,
    DataConfig data,
    EngineFactory engine,
    OptimizerConfig optimizer,
    int threads,
    float[] weights)
    implements Serializable {
  /** Timesteps at which a decoding is shown. */
  private static final int COLUMNS = 10;

  private static final int VISIBLE_PIXELS = 64;

  /** Sums over the images of a part, in their order. */
  BoundSums measure(EvaluatePlan.Part part) {
    ExampleSpan examples = read(part.set(), part.from(), part.size());
    return withModel(model -> measure(model, examples));
  }

  /**
   * The first images of a dataset at ten timesteps, noisiest first, then as they are: a row of x_t,
   * and below it one of the x_0 that the network sees in it; as a PNG file.
   */
  byte[] decode(int set) {
    int count = (int) Math.min(plan.evaluate().decodings(), plan.images().get(set));
    ExampleSpan examples = read(set, 0, count);
    return withModel(model -> decode(model, examples));
  }

  private ExampleSpan read(int set, long from, int count) {
    return ExampleSource.open(conf, datasets.get(set), data, plan.evaluate().seed())
        .read(from, count);
  }

  private <R> R withModel(Function<Network, R> use) {
    EnginePool.Key key = new EnginePool.Key(engine, plan.network(), optimizer, threads);
    return EnginePool.here()
        .use(
            Role.DENOISER,
            key,
            engine -> {
              engine.model().loadParameters(weights);
              return use.apply(engine.model());
            });
  }

  private BoundSums measure(Network model, ExampleSpan examples) {
    TimestepRanges ranges = plan.ranges();
    Batch images = examples.toBatch();
    long seed = plan.evaluate().seed();
    int size = plan.evaluate().batchSize();
    BoundEvaluator evaluator = plan.bound(model, size, images.shape());
    double[][][] measured = new double[3][images.count()][ranges.count()];
    Batch x0 = new Batch(size, images.shape());
    int[] timesteps = new int[size];
    int[] labels = new int[size];
    long[] ids = new long[size];
    long pairs = (long) ranges.count() * images.count();
    for (long first = 0; first < pairs; first += size) {
      RunningTask.stopIfKilled("the evaluation was cancelled");
      for (int n = 0; n < size; n++) {
        long pair = Math.min(first + n, pairs - 1); // the last batch is filled up
        int image = (int) (pair % images.count());
        System.arraycopy(
            images.data(), images.offset(image), x0.data(), x0.offset(n), x0.itemLength());
        ids[n] = examples.ids()[image];
        labels[n] = label(examples, image);
        timesteps[n] = ranges.timestep((int) (pair / images.count()), seed, ids[n]);
      }
      evaluator.evaluate(x0, Condition.labels(labels), timesteps, ids);
      for (int n = 0; n < size && first + n < pairs; n++) {
        int image = (int) ((first + n) % images.count());
        int range = (int) ((first + n) / images.count());
        measured[0][image][range] = evaluator.bits(n);
        measured[1][image][range] = evaluator.epsilonError(n);
        measured[2][image][range] = evaluator.x0Error(n);
      }
    }
    BoundSums sums = BoundSums.none(ranges.count());
    for (int i = 0; i < images.count(); i++) {
      sums =
          sums.plus(
              BoundSums.of(
                  ranges,
                  measured[0][i],
                  measured[1][i],
                  measured[2][i],
                  evaluator.prior(images, i)));
    }
    return sums;
  }

  /** Its class, where the network knows any. */
  private int label(ExampleSpan examples, int image) {
    return plan.network().classes() == 0 ? Condition.NO_LABEL : examples.labels()[image];
  }

  private byte[] decode(Network model, ExampleSpan examples) {
    Batch x0 = examples.toBatch();
    int count = x0.count();
    BoundEvaluator evaluator = plan.bound(model, count, x0.shape());
    int[] labels = new int[count];
    Arrays.setAll(labels, i -> label(examples, i));
    List<List<ByteImage>> rows = new ArrayList<>();
    for (int row = 0; row < 2 * count; row++) {
      rows.add(new ArrayList<>());
    }
    int steps = plan.schedule().steps();
    int columns = Math.min(COLUMNS, steps);
    for (int column = columns; column > 0; column--) {
      int[] timesteps = new int[count];
      Arrays.fill(timesteps, (int) ((long) steps * column / columns) - 1);
      evaluator.evaluate(x0, Condition.labels(labels), timesteps, examples.ids());
      for (int i = 0; i < count; i++) {
        rows.get(2 * i).add(visible(evaluator.noisy(), i));
        rows.get(2 * i + 1).add(visible(evaluator.predicted(), i));
      }
    }
    for (int row = 0; row < 2 * count; row++) {
      rows.get(row).add(visible(x0, row / 2));
    }
    List<ByteImage> all = rows.stream().flatMap(List::stream).toList();
    return ImageCodec.encodePng(ImageGrid.compose(all, columns + 1, 2));
  }

  private ByteImage visible(Batch batch, int item) {
    ByteImage image = medium.picture(medium.write(batch, item), "an item that is shown");
    return image.magnify(Math.max(1, VISIBLE_PIXELS / image.height()));
  }
}

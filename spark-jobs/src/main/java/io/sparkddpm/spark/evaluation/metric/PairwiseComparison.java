package io.sparkddpm.spark.evaluation.metric;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.statistics.Gram;
import io.sparkddpm.statistics.KernelDistance;
import io.sparkddpm.statistics.Manifold;
import io.sparkddpm.statistics.ManifoldCounts;
import io.sparkddpm.statistics.Neighbours;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * Compares the features of two sets pair by pair: sums of kernels, nearest neighbours and what
 * follows from them. Pairs are cut into blocks by the sizes of the sets alone; a task reads the
 * rows of a strip of blocks and sends back sums, nearest distances and counts, never features. The
 * driver adds what comes in the order of the blocks, so the bits do not depend on the cluster.
 */
public final class PairwiseComparison {
  /** Rows of a block: two blocks, as floats and doubles, and their products take 110 MB a task. */
  private static final int ROWS = 1024;

  /** Blocks that a task reads against one: so its own is read once for all of them. */
  private static final int STRIP = 16;

  /**
   * Strips of a Spark job. Their distances come to 180 MB for five neighbours, however large the
   * sets are: Spark limits what all tasks of a job send back (spark.driver.maxResultSize).
   */
  private static final int STRIPS_AT_ONCE = 256;

  private final SparkSession spark;
  private final Progress progress;
  private final FeatureStore reference;
  private final FeatureStore generated;
  private final String layer;
  private final FidConfig config;

  /** Pairs of row block {@code row} with column blocks [from, to). */
  private record Strip(int order, Side rows, Side columns, int row, int from, int to)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    boolean within() {
      return rows == columns;
    }
  }

  private enum Side {
    REFERENCE,
    GENERATED
  }

  /** Nearest distances of the vectors of a block. */
  private record Near(Side side, int block, Neighbours neighbours) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** The result of a strip. */
  private record Outcome(Strip strip, double[] kernels, List<Near> near, ManifoldCounts counts)
      implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** Squared radii of balls around all vectors. */
  private record Radii(double[] reference, double[] generated, double[] wide)
      implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * What all tasks share.
   *
   * @param neighbours how many nearest distances to keep; 0 for none
   */
  private record Shared(
      HadoopConf hadoop,
      FeatureStore reference,
      FeatureStore generated,
      String layer,
      List<PairKernel> kernels,
      int neighbours,
      Radii radii)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    FeatureStore store(Side side) {
      return side == Side.REFERENCE ? reference : generated;
    }

    float[] block(Configuration conf, Side side, int index) {
      FeatureStore store = store(side);
      long from = (long) index * ROWS;
      return store.range(conf, layer, from, Math.min(store.images(), from + ROWS));
    }
  }

  /**
   * Sums and counts over all pairs.
   *
   * @param distances for each kernel the unbiased estimate of the squared distance of the means
   *     over all pairs
   * @param manifold what follows from nearest neighbours, where asked for
   */
  public record Result(Map<PairKernel, Double> distances, Optional<Manifold> manifold) {
    /** The distance by one of the kernels. */
    public double distance(PairKernel kernel) {
      return distances.get(kernel);
    }
  }

  public PairwiseComparison(
      SparkSession spark,
      Progress progress,
      FeatureStore reference,
      FeatureStore generated,
      String layer,
      FidConfig config) {
    this.spark = spark;
    this.progress = progress;
    this.reference = reference;
    this.generated = generated;
    this.layer = layer;
    this.config = config;
  }

  /**
   * Compares all pairs.
   *
   * @param kernels to sum
   * @param manifold whether to find nearest neighbours
   * @throws UserException if a set is too small
   */
  Result run(List<PairKernel> kernels, boolean manifold) {
    int k = manifold ? Math.max(config.neighbours(), config.wideNeighbours()) : 0;
    long m = reference.images();
    long n = generated.images();
    if (Math.min(m, n) <= Math.max(1, k)) {
      throw new UserException(
          "%d-th neighbours need more images than %d and %d", Math.max(1, k), m, n);
    }
    Neighbours[][] near = {new Neighbours[blocks(m)], new Neighbours[blocks(n)]};
    try (Progress.Task task = progress.start("pairs", (m * (m + 1) + n * (n + 1)) / 2 + m * n)) {
      List<Strip> strips = new ArrayList<>();
      strips(strips, Side.REFERENCE, Side.REFERENCE);
      strips(strips, Side.GENERATED, Side.GENERATED);
      double[][] sums =
          compute(strips, kernels, k, null, task, outcome -> merge(near, outcome.near));
      double[][] within = new double[2][kernels.size()];
      for (Strip strip : strips) {
        add(sums[strip.order], within[strip.rows.ordinal()]);
      }
      Radii radii =
          k == 0
              ? null
              : new Radii(
                  radii(near[0], config.neighbours(), m),
                  radii(near[1], config.neighbours(), n),
                  radii(near[0], config.wideNeighbours(), m));
      strips.clear();
      strips(strips, Side.REFERENCE, Side.GENERATED);
      double[] across = new double[kernels.size()];
      ManifoldCounts counts = new ManifoldCounts();
      for (double[] some :
          compute(strips, kernels, 0, radii, task, outcome -> counts.merge(outcome.counts))) {
        add(some, across);
      }
      Map<PairKernel, Double> distances = new HashMap<>();
      for (int i = 0; i < across.length; i++) {
        distances.put(
            kernels.get(i), KernelDistance.estimate(within[0][i], m, within[1][i], n, across[i]));
      }
      return new Result(
          distances,
          k == 0
              ? Optional.empty()
              : Optional.of(
                  counts.finish(
                      Math.toIntExact(m),
                      Math.toIntExact(n),
                      config.neighbours(),
                      config.wideNeighbours())));
    }
  }

  private static void add(double[] terms, double[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += terms[i];
    }
  }

  /** Which distances come first makes no difference. */
  private static void merge(Neighbours[][] all, List<Near> some) {
    for (Near near : some) {
      Neighbours[] side = all[near.side.ordinal()];
      side[near.block] =
          side[near.block] == null ? near.neighbours : side[near.block].merge(near.neighbours);
    }
  }

  private static int blocks(long images) {
    return Math.toIntExact((images + ROWS - 1) / ROWS);
  }

  private void strips(List<Strip> strips, Side rows, Side columns) {
    int rowBlocks = blocks((rows == Side.REFERENCE ? reference : generated).images());
    int columnBlocks = blocks((columns == Side.REFERENCE ? reference : generated).images());
    for (int row = 0; row < rowBlocks; row++) {
      for (int from = rows == columns ? row : 0; from < columnBlocks; from += STRIP) {
        int to = Math.min(columnBlocks, from + STRIP);
        strips.add(new Strip(strips.size(), rows, columns, row, from, to));
      }
    }
  }

  /**
   * Runs the strips.
   *
   * @param consumer takes the outcomes as they come
   * @return for each strip the sum of each kernel
   */
  private double[][] compute(
      List<Strip> strips,
      List<PairKernel> kernels,
      int neighbours,
      Radii radii,
      Progress.Task task,
      Consumer<Outcome> consumer) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<Shared> shared =
        context.broadcast(
            new Shared(
                HadoopConf.of(context.hadoopConfiguration()),
                reference,
                generated,
                layer,
                new ArrayList<>(kernels),
                neighbours,
                radii));
    double[][] sums = new double[strips.size()][];
    try {
      for (int from = 0; from < strips.size(); from += STRIPS_AT_ONCE) {
        int to = Math.min(strips.size(), from + STRIPS_AT_ONCE);
        List<Strip> some = new ArrayList<>(strips.subList(from, to));
        StreamedResults.forEach(
            context.parallelize(some, some.size()).map(new Compare(shared)),
            "pairs of features: " + (radii == null && neighbours > 0 ? "neighbours" : "kernels"),
            outcome -> {
              sums[outcome.strip.order] = outcome.kernels;
              consumer.accept(outcome);
              task.advance(pairs(outcome.strip));
            });
      }
    } finally {
      Broadcasts.destroy(shared);
    }
    return sums;
  }

  private long pairs(Strip strip) {
    FeatureStore columns = strip.columns == Side.REFERENCE ? reference : generated;
    FeatureStore rows = strip.rows == Side.REFERENCE ? reference : generated;
    long height = Math.min(ROWS, rows.images() - (long) strip.row * ROWS);
    long width = Math.min(columns.images(), (long) strip.to * ROWS) - (long) strip.from * ROWS;
    boolean diagonal = strip.within() && strip.from == strip.row;
    return height * width - (diagonal ? height * (height - 1) / 2 : 0);
  }

  private static double[] radii(Neighbours[] blocks, int rank, long count) {
    double[] all = new double[Math.toIntExact(count)];
    int at = 0;
    for (Neighbours block : blocks) {
      double[] radii = block.radii(rank);
      System.arraycopy(radii, 0, all, at, radii.length);
      at += radii.length;
    }
    return all;
  }

  private static final class Compare implements Function<Strip, Outcome> {
    private static final long serialVersionUID = 1L;

    private final Broadcast<Shared> broadcast;

    Compare(Broadcast<Shared> broadcast) {
      this.broadcast = broadcast;
    }

    @Override
    public Outcome call(Strip strip) {
      Shared shared = broadcast.value();
      Configuration conf = shared.hadoop.get();
      float[] rows = shared.block(conf, strip.rows, strip.row);
      int dimension = 0;
      double[] kernels = new double[shared.kernels.size()];
      List<Near> near = new ArrayList<>();
      Neighbours ofRows = null;
      ManifoldCounts counts = new ManifoldCounts();
      for (int column = strip.from; column < strip.to; column++) {
        boolean diagonal = strip.within() && column == strip.row;
        float[] columns = diagonal ? rows : shared.block(conf, strip.columns, column);
        if (dimension == 0) {
          long height = Math.min(ROWS, shared.store(strip.rows).images() - (long) strip.row * ROWS);
          dimension = Math.toIntExact(rows.length / height);
        }
        Gram gram = new Gram(rows, columns, dimension);
        for (int i = 0; i < kernels.length; i++) {
          kernels[i] += shared.kernels.get(i).sum(gram, dimension, diagonal);
        }
        if (shared.neighbours > 0) {
          if (ofRows == null) {
            ofRows = new Neighbours(gram.rows(), shared.neighbours);
          }
          if (diagonal) {
            addPairs(gram, ofRows);
          } else {
            near.add(new Near(strip.columns, column, addPairs(gram, ofRows, shared.neighbours)));
          }
        }
        if (shared.radii != null) {
          counts.add(
              gram,
              strip.row * ROWS,
              column * ROWS,
              shared.radii.reference,
              shared.radii.generated,
              shared.radii.wide);
        }
      }
      if (ofRows != null) {
        near.add(new Near(strip.rows, strip.row, ofRows));
      }
      return new Outcome(strip, kernels, near, counts);
    }

    /** Pairs of a block with itself. */
    private static void addPairs(Gram gram, Neighbours neighbours) {
      for (int i = 0; i < gram.rows(); i++) {
        for (int j = i + 1; j < gram.columns(); j++) {
          double distance = gram.squaredDistance(i, j);
          neighbours.add(i, distance);
          neighbours.add(j, distance);
        }
      }
    }

    /** Pairs of two blocks; returns what the columns see. */
    private static Neighbours addPairs(Gram gram, Neighbours ofRows, int k) {
      Neighbours ofColumns = new Neighbours(gram.columns(), k);
      for (int i = 0; i < gram.rows(); i++) {
        for (int j = 0; j < gram.columns(); j++) {
          double distance = gram.squaredDistance(i, j);
          ofRows.add(i, distance);
          ofColumns.add(j, distance);
        }
      }
      return ofColumns;
    }
  }
}

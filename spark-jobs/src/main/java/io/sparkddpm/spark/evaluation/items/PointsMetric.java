package io.sparkddpm.spark.evaluation.items;

import io.sparkddpm.medium.Medium;
import io.sparkddpm.points.ChamferDistance;
import io.sparkddpm.points.PointSet;
import io.sparkddpm.points.PointsMedium;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.RunningTask;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.statistics.NearestItems;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/**
 * Sets of points by the Chamfer distance, each with all others: accuracy of a classifier by the
 * nearest neighbour, coverage and minimum matching distance, as Yang et al. 2019
 * (arXiv:1906.12320), sec. 5.1, evaluate point clouds. A task compares some items with all.
 */
final class PointsMetric implements ItemMetric {
  private static final String DISTANCE = "minimum-matching-distance";
  private static final int ROWS_A_TASK = 16;

  @Override
  public boolean measures(Medium medium) {
    return medium instanceof PointsMedium;
  }

  @Override
  public String distance() {
    return DISTANCE;
  }

  /** The nearest of more items would be nearer. */
  @Override
  public boolean takesEqualSides() {
    return true;
  }

  @Override
  public Map<String, Double> measure(
      JavaSparkContext spark, Items samples, Items reference, Progress progress) {
    NearestItems nearest = nearest(spark, samples.values(), reference.values(), progress);
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("1-nn-accuracy", nearest.nearestNeighbourAccuracy());
    numbers.put("coverage", nearest.coverage());
    numbers.put(DISTANCE, nearest.minimumMatchingDistance());
    return numbers;
  }

  private static NearestItems nearest(
      JavaSparkContext spark, Batch samples, Batch reference, Progress progress) {
    int rows = samples.count() + reference.count();
    NearestItems.Nearest[] found = new NearestItems.Nearest[rows];
    List<Integer> rowsOfTasks =
        IntStream.range(0, rows).filter(row -> row % ROWS_A_TASK == 0).boxed().toList();
    Broadcast<Sets> sets = spark.broadcast(Sets.of(samples, reference));
    try (Progress.Task task = progress.start("pairs", (long) rows * rows)) {
      StreamedResults.forEach(
          spark.parallelize(rowsOfTasks, rowsOfTasks.size()).map(new Compare(sets)),
          "pairs of sets of points",
          some -> {
            for (int i = 0; i < some.nearest().size(); i++) {
              found[some.first() + i] = some.nearest().get(i);
            }
            task.advance((long) some.nearest().size() * rows);
          });
    } finally {
      Broadcasts.destroy(sets);
    }
    List<NearestItems.Nearest> all = Arrays.asList(found);
    return new NearestItems(
        all.subList(0, samples.count()), all.subList(samples.count(), all.size()));
  }

  /** Both sets on their way to the executors. */
  private record Sets(float[] samples, int sampleCount, float[] reference, int referenceCount)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    static Sets of(Batch samples, Batch reference) {
      return new Sets(samples.data(), samples.count(), reference.data(), reference.count());
    }
  }

  /** What is nearest to consecutive items, samples before the reference. */
  private record Some(int first, List<NearestItems.Nearest> nearest) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private static final class Compare implements Function<Integer, Some> {
    private static final long serialVersionUID = 1L;

    private final Broadcast<Sets> sets;

    Compare(Broadcast<Sets> sets) {
      this.sets = sets;
    }

    @Override
    public Some call(Integer first) {
      Sets both = sets.value();
      Batch samples = batch(both.samples, both.sampleCount);
      Batch reference = batch(both.reference, both.referenceCount);
      int rows = both.sampleCount + both.referenceCount;
      List<NearestItems.Nearest> nearest = new ArrayList<>();
      for (int row = first; row < Math.min(rows, first + ROWS_A_TASK); row++) {
        RunningTask.stopIfKilled("the job was cancelled");
        boolean sample = row < both.sampleCount;
        int own = sample ? row : row - both.sampleCount;
        Batch from = sample ? samples : reference;
        double[] toSamples = distances(from, own, samples, sample);
        double[] toReference = distances(from, own, reference, !sample);
        int closest = smallest(toReference);
        nearest.add(
            new NearestItems.Nearest(
                toSamples[smallest(toSamples)], toReference[closest], closest));
      }
      return new Some(first, nearest);
    }

    private static Batch batch(float[] values, int count) {
      return new Batch(values, count, shape(values.length / count));
    }

    private static Shape shape(int length) {
      return PointSet.shape(length / PointSet.AXES);
    }

    /** To all of a set; infinite to the item itself, if it is one of them. */
    private static double[] distances(Batch from, int item, Batch set, boolean within) {
      double[] distances = new double[set.count()];
      for (int i = 0; i < distances.length; i++) {
        distances[i] =
            within && i == item
                ? Double.POSITIVE_INFINITY
                : ChamferDistance.between(from, item, set, i);
      }
      return distances;
    }

    private static int smallest(double[] values) {
      int at = 0;
      for (int i = 1; i < values.length; i++) {
        at = values[i] < values[at] ? i : at;
      }
      return at;
    }
  }
}

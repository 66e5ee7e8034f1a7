package io.sparkddpm.spark.evaluation.metric;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.features.FeatureShard;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.statistics.FeatureFile;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.FrechetDistance;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * The Fréchet distance of each class by itself. A task reduces one class of both sets and sends
 * back the distance alone.
 */
final class ClassRun {
  /** Classes that a warning names. */
  private static final int NAMED = 20;

  private final SparkSession spark;

  ClassRun(SparkSession spark) {
    this.spark = spark;
  }

  private record Shared(
      HadoopConf hadoop, FeatureStore samples, FeatureStore reference, String layer, int dimension)
      implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** One class in both sets. */
  private record Pair(int samples, int reference, String name) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * What both sets' classes are.
   *
   * @param features of the set
   * @param classNames by label; empty where only numbers are known
   */
  record Classes(FeatureStore features, URI place, List<String> classNames) {
    String name(int label) {
      return label < classNames.size() ? classNames.get(label) : "";
    }
  }

  /**
   * The distances of all classes that have one.
   *
   * @param distances by the reference's label
   * @param leftOut classes that a distance cannot be taken of, with their images on both sides
   */
  record Outcome(SortedMap<Integer, ClassDistance> distances, List<String> leftOut) {
    Optional<String> warning() {
      if (leftOut.isEmpty()) {
        return Optional.empty();
      }
      String more = leftOut.size() > NAMED ? ", …" : "";
      return Optional.of(
          String.format(
              Locale.ROOT,
              "classes without a distance, which needs 2 images among the samples and 2 in the"
                  + " reference: %d, %s%s",
              leftOut.size(),
              String.join(", ", leftOut.subList(0, Math.min(NAMED, leftOut.size()))),
              more));
    }
  }

  private record ShardLabels(int[] labels) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Distances of the classes that both sets have at least two images of. Classes are equal by their
   * names where both sets have them, else by number.
   *
   * @throws UserException if no image of a set has a label, or no class has two images in both
   */
  public Outcome run(Classes samples, Classes reference, String layer, int dimension) {
    TreeSet<Integer> first = labels(samples);
    TreeSet<Integer> second = labels(reference);
    List<Pair> pairs = pairs(samples, first, reference, second);
    List<String> leftOut = onlyInOne(samples, first, reference, second, pairs);
    SortedMap<Integer, ClassDistance> result = new TreeMap<>();
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<Shared> shared =
        context.broadcast(
            new Shared(
                HadoopConf.of(context.hadoopConfiguration()),
                samples.features,
                reference.features,
                layer,
                dimension));
    try {
      StreamedResults.forEach(
          context.parallelize(pairs, pairs.size()).map(new OneClass(shared)),
          "distances of classes",
          d -> {
            if (d.samples() < 2 || d.reference() < 2) {
              leftOut.add(
                  String.format(
                      Locale.ROOT,
                      "%s (%d and %d)",
                      named(d.name(), d.label()),
                      d.samples(),
                      d.reference()));
            } else {
              result.put(d.label(), d);
            }
          });
    } finally {
      Broadcasts.destroy(shared);
    }
    Collections.sort(leftOut);
    if (result.isEmpty()) {
      throw new UserException(
          "--per-class: no class has 2 images in both %s and %s", samples.place, reference.place);
    }
    return new Outcome(result, leftOut);
  }

  private static String named(String name, int label) {
    return name.isEmpty() ? "class " + label : name;
  }

  /** Classes without a counterpart. */
  private static List<String> onlyInOne(
      Classes samples,
      TreeSet<Integer> first,
      Classes reference,
      TreeSet<Integer> second,
      List<Pair> pairs) {
    Set<Integer> matched = pairs.stream().map(Pair::samples).collect(Collectors.toSet());
    Set<Integer> counterparts = pairs.stream().map(Pair::reference).collect(Collectors.toSet());
    List<String> names = new ArrayList<>();
    first.stream()
        .filter(label -> !matched.contains(label))
        .forEach(label -> names.add(named(samples.name(label), label) + " (samples alone)"));
    second.stream()
        .filter(label -> !counterparts.contains(label))
        .forEach(label -> names.add(named(reference.name(label), label) + " (reference alone)"));
    return names;
  }

  private static List<Pair> pairs(
      Classes samples, TreeSet<Integer> first, Classes reference, TreeSet<Integer> second) {
    boolean named = !samples.classNames.isEmpty() && !reference.classNames.isEmpty();
    List<Pair> pairs = new ArrayList<>();
    for (int label : second) {
      int other = named ? samples.classNames.indexOf(reference.name(label)) : label;
      if (first.contains(other)) {
        String name = reference.name(label);
        pairs.add(new Pair(other, label, name.isEmpty() ? samples.name(other) : name));
      }
    }
    if (pairs.isEmpty()) {
      throw new UserException(
          "--per-class: %s and %s have no class in common", samples.place, reference.place);
    }
    return pairs;
  }

  private TreeSet<Integer> labels(Classes set) {
    TreeSet<Integer> found = classes(set.features);
    if (found.isEmpty()) {
      throw new UserException(
          "--per-class: no image of %s has a label; statistics that were made before their"
              + " images had labels must be made again",
          set.place);
    }
    return found;
  }

  private TreeSet<Integer> classes(FeatureStore store) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    HadoopConf hadoop = HadoopConf.of(context.hadoopConfiguration());
    FeatureStore place = new FeatureStore(store.dir(), List.of());
    TreeSet<Integer> found = new TreeSet<>();
    StreamedResults.forEach(
        context
            .parallelize(store.shards(), Math.min(store.shards().size(), 1000))
            .map(new Labels(hadoop, place)),
        "classes",
        s -> Arrays.stream(s.labels).forEach(found::add));
    found.remove(FeatureFile.NO_LABEL);
    return found;
  }

  /** The classes of a shard, each once. */
  private static final class Labels implements Function<FeatureShard, ShardLabels> {
    private static final long serialVersionUID = 1L;

    private final HadoopConf hadoop;
    private final FeatureStore place;

    Labels(HadoopConf hadoop, FeatureStore place) {
      this.hadoop = hadoop;
      this.place = place;
    }

    @Override
    public ShardLabels call(FeatureShard shard) {
      return new ShardLabels(Arrays.stream(place.labels(hadoop.get(), shard)).distinct().toArray());
    }
  }

  private static final class OneClass implements Function<Pair, ClassDistance> {
    private static final long serialVersionUID = 1L;

    private final Broadcast<Shared> broadcast;

    OneClass(Broadcast<Shared> broadcast) {
      this.broadcast = broadcast;
    }

    @Override
    public ClassDistance call(Pair pair) {
      Shared shared = broadcast.value();
      FeatureStatistics first = statistics(shared, shared.samples, pair.samples);
      FeatureStatistics second = statistics(shared, shared.reference, pair.reference);
      double distance =
          first.count() < 2 || second.count() < 2
              ? Double.NaN
              : FrechetDistance.between(first, second).distance();
      return new ClassDistance(pair.reference, pair.name, first.count(), second.count(), distance);
    }

    private static FeatureStatistics statistics(Shared shared, FeatureStore store, int label) {
      Configuration conf = shared.hadoop.get();
      FeatureStatistics.Accumulator sums = new FeatureStatistics.Accumulator(shared.dimension);
      for (FeatureShard shard : store.shards()) {
        int[] labels = store.labels(conf, shard);
        if (Arrays.stream(labels).noneMatch(l -> l == label)) {
          continue;
        }
        int[] row = new int[1];
        store.scan(
            conf,
            shard,
            shared.layer,
            (values, count) -> {
              for (int i = 0; i < count; i++) {
                if (labels[row[0]++] == label) {
                  sums.add(values, i, 1);
                }
              }
            });
      }
      return sums.finish();
    }
  }
}

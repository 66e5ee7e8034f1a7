package io.sparkddpm.spark.evaluation.stats;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.statistics.CovarianceCheck;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.StatisticsFile;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * Adds statistics to each other and removes others again without reading an image, as a nightly run
 * that gains new samples and drops old ones needs it. Needs no Spark.
 */
public final class StatisticsMerge {
  private StatisticsMerge() {}

  /**
   * The merged statistics.
   *
   * @param statistics where they lie
   * @param images that they stand for
   * @param metric what distances from them are called
   */
  public record Result(URI statistics, long images, String metric) {}

  /**
   * Merges statistics.
   *
   * @param add to be merged, at least one, in that order
   * @param remove to be taken out afterwards; must have been merged in before
   * @throws UserException if they are of different networks or layers, or more is to be removed
   *     than is there
   */
  public static Result run(Configuration conf, List<URI> add, List<URI> remove, URI output) {
    checkArgument(!add.isEmpty(), "at least one artefact of statistics is needed");
    List<URI> places = new ArrayList<>();
    add.forEach(uri -> places.add(Locations.qualify(conf, uri)));
    remove.forEach(uri -> places.add(Locations.qualify(conf, uri)));
    Manifest.Builder manifest = Manifest.builder(ArtifactKind.STATS);
    List<StatisticsFile> merged = new ArrayList<>();
    for (String layer : layers(conf, places)) {
      merged.add(merge(conf, places, add.size(), layer));
    }
    for (int i = 0; i < places.size(); i++) {
      manifest.input(places.get(i).toString(), fingerprint(conf, places.get(i)));
      manifest.property("input." + i, i < add.size() ? "added" : "removed");
    }
    manifest.property(ReferenceStats.ENGINE, engine(conf, places));
    URI to = Locations.qualify(conf, output);
    manifest.property("input-kind", "merged");
    StatisticsFile main = merged.get(0);
    write(conf, to, ReferenceStats.describe(manifest, main), merged);
    return new Result(to, main.statistics().count(), main.layer().metric());
  }

  /** What computed the features of all of them: one engine, or others too. */
  private static String engine(Configuration conf, List<URI> places) {
    String known = engine(conf, places.get(0));
    URI of = places.get(0);
    boolean foreign = false;
    for (URI place : places) {
      String engine = engine(conf, place);
      if (ReferenceStats.differ(engine, known)) {
        throw new UserException(
            "%s holds statistics of features by engine %s, %s by %s: they do not merge",
            place, engine, of, known);
      }
      if (known.equals(ReferenceStats.FOREIGN_ENGINE)) {
        known = engine;
        of = place;
      }
      foreign |= engine.equals(ReferenceStats.FOREIGN_ENGINE);
    }
    return foreign ? ReferenceStats.FOREIGN_ENGINE : known;
  }

  private static String engine(Configuration conf, URI uri) {
    return ReferenceStats.engine(Artifact.open(conf, uri, ArtifactKind.STATS).manifest());
  }

  /** The main layer, then every other layer that all of them have. */
  private static List<String> layers(Configuration conf, List<URI> places) {
    List<String> layers = new ArrayList<>();
    layers.add(ReferenceStats.read(conf, places.get(0)).layer().name());
    for (String other : ReferenceStats.otherLayers(conf, places.get(0))) {
      if (places.stream().allMatch(p -> ReferenceStats.read(conf, p, other).isPresent())) {
        layers.add(other);
      }
    }
    return layers;
  }

  private static StatisticsFile merge(
      Configuration conf, List<URI> places, int added, String layer) {
    StatisticsFile first = ReferenceStats.read(conf, places.get(0), layer).orElseThrow();
    FeatureStatistics sum = first.statistics();
    for (int i = 1; i < places.size(); i++) {
      StatisticsFile file = same(first, places, i, conf);
      sum =
          i < added ? sum.merge(file.statistics()) : removed(sum, file.statistics(), places.get(i));
    }
    StatisticsFile merged = new StatisticsFile(first.extractor(), first.layer(), sum);
    CovarianceCheck.problem(sum)
        .ifPresent(
            problem -> {
              throw new UserException(
                  "layer %s: what is left cannot be statistics, %s; was all that is removed merged"
                      + " in before?",
                  first.layer().name(), problem);
            });
    return merged;
  }

  private static StatisticsFile same(
      StatisticsFile first, List<URI> places, int i, Configuration conf) {
    StatisticsFile file =
        ReferenceStats.read(conf, places.get(i), first.layer().name())
            .orElseGet(() -> ReferenceStats.read(conf, places.get(i)));
    if (!file.extractor().equals(first.extractor()) || !file.layer().equals(first.layer())) {
      throw new UserException(
          "%s holds statistics by %s, layer %s; %s by %s, layer %s: they do not merge",
          places.get(i),
          file.extractor(),
          file.layer().name(),
          places.get(0),
          first.extractor(),
          first.layer().name());
    }
    return file;
  }

  private static FeatureStatistics removed(
      FeatureStatistics from, FeatureStatistics part, URI place) {
    if (part.count() > from.count()) {
      throw new UserException(
          "%s stands for %d images, more than the %d that it is to be taken from",
          place, part.count(), from.count());
    }
    return from.unmerge(part);
  }

  private static String fingerprint(Configuration conf, URI uri) {
    return Artifact.open(conf, uri, ArtifactKind.STATS).manifest().fingerprint();
  }

  /** Writes statistics of the main layer, then of others. */
  static void write(
      Configuration conf, URI to, Manifest.Builder manifest, List<StatisticsFile> files) {
    ArtifactWriter writer = ArtifactWriter.create(conf, to, ArtifactKind.STATS);
    for (int i = 0; i < files.size(); i++) {
      StatisticsFile file = files.get(i);
      String path = i == 0 ? ReferenceStats.FILE : ReferenceStats.fileOf(file.layer().name());
      try (OutputStream out = writer.output(path)) {
        file.write(out);
      } catch (IOException e) {
        throw new UserException(e, "cannot write %s: %s", to, e.getMessage());
      }
    }
    writer.commit(manifest);
  }
}

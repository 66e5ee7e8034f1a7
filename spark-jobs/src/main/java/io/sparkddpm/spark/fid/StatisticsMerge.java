package io.sparkddpm.spark.fid;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.fid.FeatureStatistics;
import io.sparkddpm.fid.StatisticsFile;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * Adds statistics to each other and takes others out again, without looking at an image: what a
 * nightly run needs that gains new samples and drops old ones. Needs no Spark.
 */
public final class StatisticsMerge {
  private StatisticsMerge() {}

  /**
   * What was made.
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
    StatisticsFile first = ReferenceStats.read(conf, places.get(0));
    FeatureStatistics sum = first.statistics();
    for (int i = 0; i < places.size(); i++) {
      StatisticsFile file = i == 0 ? first : same(first, places, i, conf);
      if (i >= add.size()) {
        sum = removed(sum, file.statistics(), places.get(i));
      } else if (i > 0) {
        sum = sum.merge(file.statistics());
      }
      String role = i < add.size() ? "added" : "removed";
      manifest.input(places.get(i).toString(), fingerprint(conf, places.get(i)));
      manifest.property("input." + i, role);
    }
    StatisticsFile merged = new StatisticsFile(first.extractor(), first.layer(), sum);
    URI to = Locations.qualify(conf, output);
    manifest.property("input-kind", "merged");
    write(conf, to, ReferenceStats.describe(manifest, merged), merged);
    return new Result(to, sum.count(), first.layer().metric());
  }

  private static StatisticsFile same(
      StatisticsFile first, List<URI> places, int i, Configuration conf) {
    StatisticsFile file = ReferenceStats.read(conf, places.get(i));
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

  static void write(Configuration conf, URI to, Manifest.Builder manifest, StatisticsFile file) {
    ArtifactWriter writer = ArtifactWriter.create(conf, to, ArtifactKind.STATS);
    try (OutputStream out = writer.output(ReferenceStats.FILE)) {
      file.write(out);
    } catch (IOException e) {
      throw new UserException(e, "cannot write %s: %s", to, e.getMessage());
    }
    writer.commit(manifest);
  }
}

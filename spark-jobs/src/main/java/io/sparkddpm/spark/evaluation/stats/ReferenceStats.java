package io.sparkddpm.spark.evaluation.stats;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageTally;
import io.sparkddpm.spark.data.ClassNotes;
import io.sparkddpm.spark.evaluation.features.FeatureShard;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.evaluation.input.ImageSet;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.statistics.CovarianceCheck;
import io.sparkddpm.statistics.StatisticsFile;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * A "stats" artefact: statistics of one layer or several, the features themselves where they were
 * kept, and a manifest that says of what and by what.
 */
public final class ReferenceStats {
  public static final String FILE = "features.stats";
  private static final String SUFFIX = ".stats";
  public static final String FEATURES = "features";
  public static final String EXTRACTOR = "extractor";
  public static final String WEIGHTS = "extractor-weights";
  public static final String RESIZE = "resize";
  public static final String LAYER = "layer";
  static final String METRIC = "metric";
  public static final String IMAGES = "images";
  public static final String LISTING = "input-listing";

  /** Property: what computed the features. */
  static final String ENGINE = "engine";

  /** The engine recorded for statistics of other programs. */
  static final String FOREIGN_ENGINE = "another program";

  private ReferenceStats() {}

  public static Manifest.Builder manifest(
      ImageSet images, StatisticsFile main, String fingerprint, String engine) {
    Manifest.Builder builder = Manifest.builder(ArtifactKind.STATS);
    images.manifest().map(Provenance::of).orElse(Provenance.NONE).keep(builder);
    ClassNotes.write(images.classNames(), builder);
    return describe(builder, main)
        .property("input-kind", images.kind())
        .property(ENGINE, engine)
        .input(images.uri().toString(), fingerprint)
        .note(LISTING, images.listing());
  }

  /** What computed the features. */
  public static String engine(Manifest manifest) {
    return manifest.properties().getOrDefault(ENGINE, FOREIGN_ENGINE);
  }

  /** Whether two engines of ours computed features. */
  public static boolean differ(String engine, String other) {
    return !engine.equals(other) && !engine.equals(FOREIGN_ENGINE) && !other.equals(FOREIGN_ENGINE);
  }

  /** The file of a layer other than the main one. */
  public static String fileOf(String layer) {
    return layer + SUFFIX;
  }

  /** Adds what every manifest of statistics holds. */
  static Manifest.Builder describe(Manifest.Builder builder, StatisticsFile file) {
    return builder
        .config(LAYER, file.layer().name())
        .config(EXTRACTOR, file.extractor().name())
        .config(WEIGHTS, file.extractor().weights())
        .config(RESIZE, file.extractor().resize())
        .property(METRIC, file.layer().metric())
        .count(IMAGES, file.statistics().count())
        .count("dimension", file.layer().dimension());
  }

  public static StatisticsFile read(Configuration conf, URI uri) {
    return read(Artifact.open(conf, uri, ArtifactKind.STATS), FILE);
  }

  /** Statistics of a layer, if the artefact has it. */
  public static Optional<StatisticsFile> read(Configuration conf, URI uri, String layer) {
    Artifact artifact = Artifact.open(conf, uri, ArtifactKind.STATS);
    if (layer.equals(artifact.manifest().config().get(LAYER))) {
      return Optional.of(read(artifact, FILE));
    }
    return artifact.manifest().file(fileOf(layer)).map(f -> read(artifact, f.logicalPath()));
  }

  /** All layers but the main one. */
  public static List<String> otherLayers(Configuration conf, URI uri) {
    List<String> layers = new ArrayList<>();
    for (FileEntry file : Artifact.open(conf, uri, ArtifactKind.STATS).manifest().files()) {
      String path = file.logicalPath();
      if (path.endsWith(SUFFIX) && !path.equals(FILE)) {
        layers.add(path.substring(0, path.length() - SUFFIX.length()));
      }
    }
    return layers;
  }

  private static StatisticsFile read(Artifact artifact, String path) {
    URI uri = artifact.uri(path);
    byte[] bytes = artifact.read(path); // compares the hash before anything is believed
    StatisticsFile file = StatisticsFile.fromBytes(bytes, uri.toString());
    requireReal(file, uri);
    return file;
  }

  /**
   * Refuses statistics that no images have.
   *
   * @param origin where they come from, for the message
   */
  static void requireReal(StatisticsFile file, URI origin) {
    CovarianceCheck.problem(file.statistics())
        .ifPresent(
            problem -> {
              throw new UserException("%s: %s", origin, problem);
            });
  }

  /** The features, if they were kept. */
  public static Optional<FeatureStore> features(Artifact artifact) {
    List<FeatureShard> shards = new ArrayList<>();
    artifact.manifest().files().stream()
        .filter(f -> f.logicalPath().startsWith(FEATURES + "/"))
        .sorted(Comparator.comparing(FileEntry::logicalPath))
        .forEach(
            f ->
                shards.add(
                    new FeatureShard(
                        shards.size(),
                        images(f, artifact),
                        below(f),
                        f.sha256(),
                        true,
                        ImageTally.NONE)));
    return shards.isEmpty()
        ? Optional.empty()
        : Optional.of(new FeatureStore(Locations.resolve(artifact.dir(), FEATURES), shards));
  }

  private static int images(FileEntry file, Artifact artifact) {
    if (file.records() == null || file.records() < 1 || file.records() > Integer.MAX_VALUE) {
      throw new UserException(
          "%s has a wrong number of images for %s: %s",
          artifact.dir(), file.path(), file.records());
    }
    return file.records().intValue();
  }

  /** An entry of the artefact as one of its features' directory. */
  private static FileEntry below(FileEntry file) {
    int cut = FEATURES.length() + 1;
    return new FileEntry(
        file.path().substring(cut),
        file.logicalPath().substring(cut),
        file.size(),
        file.sha256(),
        file.records());
  }

  /** The reverse. */
  public static FileEntry above(FileEntry file) {
    return new FileEntry(
        FEATURES + "/" + file.path(),
        FEATURES + "/" + file.logicalPath(),
        file.size(),
        file.sha256(),
        file.records());
  }
}

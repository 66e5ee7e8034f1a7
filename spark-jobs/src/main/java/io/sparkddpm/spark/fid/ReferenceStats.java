package io.sparkddpm.spark.fid;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.fid.StatisticsFile;
import io.sparkddpm.spark.store.Artifact;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;

/** A "stats" artefact: one file of statistics, and a manifest that says of what and by what. */
final class ReferenceStats {
  static final String FILE = "features.stats";
  static final String EXTRACTOR = "extractor";
  static final String WEIGHTS = "extractor-weights";
  static final String RESIZE = "resize";
  static final String LAYER = "layer";
  static final String METRIC = "metric";
  static final String IMAGES = "images";
  static final String LISTING = "input-listing";

  private ReferenceStats() {}

  static Manifest.Builder manifest(ImageSet images, StatisticsRun.Outcome outcome) {
    Manifest.Builder builder = Manifest.builder(ArtifactKind.STATS);
    images.manifest().map(Provenance::of).orElse(Provenance.NONE).keep(builder);
    return describe(builder, outcome.statistics())
        .property("input-kind", images.kind())
        .input(images.uri().toString(), outcome.fingerprint())
        .note(LISTING, images.listing());
  }

  /** What every manifest of statistics says. */
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

  static StatisticsFile read(Configuration conf, URI uri) {
    Artifact artifact = Artifact.open(conf, uri, ArtifactKind.STATS);
    try (InputStream in = artifact.input(FILE)) {
      StatisticsFile file = StatisticsFile.read(in, artifact.uri(FILE).toString());
      in.readAllBytes(); // to the end, where the hash is compared
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

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

  static Manifest.Builder manifest(
      ExtractorSpec.Description extractor, ImageSet images, StatisticsRun.Outcome outcome) {
    Manifest.Builder builder =
        images
            .manifest()
            .map(Provenance::of)
            .orElse(Provenance.NONE)
            .keep(Manifest.builder(ArtifactKind.STATS));
    return builder
        .config(LAYER, extractor.layer())
        .config(EXTRACTOR, extractor.name())
        .config(WEIGHTS, extractor.weights())
        .config(RESIZE, extractor.resize())
        .property(METRIC, extractor.metric())
        .property("input-kind", images.kind())
        .count(IMAGES, outcome.statistics().statistics().count())
        .count("dimension", extractor.dimension())
        .input(images.uri().toString(), outcome.fingerprint())
        .note(LISTING, images.listing());
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

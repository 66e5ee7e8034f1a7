package io.sparkddpm.spark.latent;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.AutoencoderConfig;
import io.sparkddpm.spark.data.CodecNote;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.RecodeRun;
import io.sparkddpm.spark.data.RecordLayout;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.PlannedArtifact;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/**
 * An autoencoder and a dataset of images that it fits, from which another dataset is made.
 *
 * @param codec with a scale of 1
 * @param dataset the images
 * @param origin manifest of the dataset
 */
record CodedDataset(
    Configuration conf,
    Checkpoint checkpoint,
    LatentCodec codec,
    Dataset dataset,
    Manifest origin) {
  /**
   * Opens both.
   *
   * @param run of the autoencoder, or one of its checkpoints
   * @param weights its weights that are used
   * @throws UserException if there are none, or they do not fit
   */
  static CodedDataset open(
      Configuration conf, URI run, String weights, URI images, EngineFactory engine, int threads) {
    Checkpoint checkpoint = Checkpoints.resolve(conf, run);
    CodecNote note =
        new CodecNote(checkpoint.uri().toString(), checkpoint.manifest().fingerprint(), weights, 1);
    LatentCodec codec = LatentCodec.of(checkpoint, note, engine, threads);
    Dataset dataset = Dataset.open(conf, images);
    AutoencoderConfig network = codec.network();
    dataset.requireImages();
    if (!dataset.layout().shape().equals(network.inputShape())) {
      throw new UserException(
          "%s has records of %s, but the autoencoder takes images of %s",
          images, dataset.layout(), network.inputShape());
    }
    Manifest origin = Artifact.open(conf, images, ArtifactKind.DATASET).manifest();
    return new CodedDataset(conf, checkpoint, codec, dataset, origin);
  }

  /**
   * The directory of a dataset that is made.
   *
   * @param kind of the dataset, for its plan
   */
  PlannedArtifact directory(URI output, String kind, int batchSize) {
    SortedMap<String, String> settings = new TreeMap<>();
    settings.put("made", kind);
    settings.put("autoencoder", codec.note().fingerprint());
    settings.put("images", dataset.fingerprint());
    settings.put("weights", codec.note().weights());
    settings.put("engine", codec.engine().name());
    settings.put("batch-size", Integer.toString(batchSize));
    String plan = Sha256.of(ConfigText.render(settings).getBytes(StandardCharsets.UTF_8));
    return new PlannedArtifact(
        conf, output, ArtifactKind.DATASET, "another dataset", plan, settings);
  }

  /** The manifest of a dataset that is made, without its files. */
  Manifest.Builder manifest(PlannedArtifact directory, RecordLayout layout) {
    Manifest.Builder manifest = Manifest.builder(ArtifactKind.DATASET);
    RecodeRun.describe(manifest, layout, dataset, origin, directory);
    return manifest.input(checkpoint.uri().toString(), checkpoint.manifest().fingerprint());
  }
}

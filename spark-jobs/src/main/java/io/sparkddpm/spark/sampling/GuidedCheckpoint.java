package io.sparkddpm.spark.sampling;

import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * The networks that samples are drawn from.
 *
 * @param checkpoint of the denoiser
 * @param classifier that guides it; without, none does
 */
record GuidedCheckpoint(Checkpoint checkpoint, Optional<Classifier> classifier) {
  /** Without a classifier. */
  static GuidedCheckpoint alone(Checkpoint checkpoint) {
    return new GuidedCheckpoint(checkpoint, Optional.empty());
  }

  /**
   * With the classifier that a configuration names.
   *
   * @throws UserException if there is no such classifier, or it does not fit the denoiser
   */
  static GuidedCheckpoint open(Configuration conf, Checkpoint checkpoint, SampleConfig config) {
    return new GuidedCheckpoint(checkpoint, Classifier.open(conf, config.guidance(), checkpoint));
  }

  /** Names of the classes that images are drawn of; empty where these have none. */
  List<String> classNames() {
    List<String> own = checkpoint.classNames();
    return own.isEmpty() ? classifier.map(c -> c.checkpoint().classNames()).orElse(own) : own;
  }

  /**
   * The label of a class.
   *
   * @throws UserException naming the classes, if there is none of that name
   */
  int label(String name) {
    List<String> names = classNames();
    if (!names.contains(name)) {
      throw new UserException(
          "--label %s: %s",
          name,
          names.isEmpty()
              ? checkpoint + " knows no names of classes; give the label's number"
              : "the classes of " + checkpoint + " are " + String.join(", ", names));
    }
    return names.indexOf(name);
  }

  /** Adds both as inputs, with what the denoiser notes of its dataset. */
  void write(Manifest.Builder manifest) {
    checkpoint.notes().withClassNames(classNames()).write(manifest);
    manifest.input(checkpoint.uri().toString(), checkpoint.manifest().fingerprint());
    classifier.ifPresent(c -> manifest.input(c.checkpoint().uri().toString(), c.fingerprint()));
  }
}

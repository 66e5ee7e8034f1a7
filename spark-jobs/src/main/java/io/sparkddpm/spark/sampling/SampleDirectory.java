package io.sparkddpm.spark.sampling;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.PlannedArtifact;
import io.sparkddpm.spark.store.ProgressNotes;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * The directory of a set of samples: what is already there of a plan, finished or begun.
 *
 * @param conf of the file system
 * @param uri where it lies
 * @param plan what it is to hold
 */
record SampleDirectory(Configuration conf, URI uri, SamplePlan plan) {
  private PlannedArtifact artifact() {
    return new PlannedArtifact(
        conf, uri, ArtifactKind.SAMPLES, "other samples", plan.fingerprint(), plan.toMap());
  }

  /**
   * The finished samples.
   *
   * @throws UserException if they are others
   */
  Optional<Artifact> finished() {
    return artifact().finished();
  }

  /**
   * Whether finished samples lack nothing; what is damaged is logged.
   *
   * @param npz whether all pixels are wanted as an array too
   */
  boolean isWhole(Artifact there, boolean npz) {
    return PlannedArtifact.isWhole(there)
        && (!npz || there.manifest().file(Samples.NPZ).isPresent());
  }

  /** The shards of finished samples, whole or not. */
  List<FinishedShard> shards(Manifest there) {
    List<FinishedShard> found = new ArrayList<>();
    for (FileEntry images : Samples.shards(there)) {
      FileEntry strip = found.isEmpty() ? there.file(Samples.STRIP).orElse(null) : null;
      found.add(new FinishedShard(plan.fingerprint(), found.size(), images, strip));
    }
    return found;
  }

  /** The shards that an interrupted job noted as finished. */
  List<FinishedShard> notedShards() {
    List<FinishedShard> found = ProgressNotes.read(conf, uri, FinishedShard.class);
    found.removeIf(f -> !f.plan().equals(plan.fingerprint()));
    return found;
  }

  /** Deletes a file or directory in it while the lease is held. */
  void delete(Lease lease, String path) {
    artifact().delete(lease, path);
  }
}

package io.sparkddpm.spark.store;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The directory of an artefact that a plan decides whole: what is there is that artefact or is
 * refused.
 *
 * @param conf of the file system
 * @param uri where it lies
 * @param kind of the artefact
 * @param others what a directory holds that was made by another plan, such as "other samples"
 * @param plan fingerprint, as manifests hold it in {@link #PLAN}
 * @param settings of the plan, as manifests hold them
 */
public record PlannedArtifact(
    Configuration conf,
    URI uri,
    ArtifactKind kind,
    String others,
    String plan,
    SortedMap<String, String> settings) {
  /** Property of the manifest: fingerprint of the plan. */
  public static final String PLAN = "plan";

  /**
   * The finished artefact, whole or not.
   *
   * @throws UserException saying what differs, if it is another one
   */
  public Optional<Artifact> finished() {
    if (!Artifact.exists(conf, uri)) {
      return Optional.empty();
    }
    Artifact there = Artifact.open(conf, uri, kind);
    refuseOthers(there.manifest());
    return Optional.of(there);
  }

  private void refuseOthers(Manifest there) {
    if (plan.equals(there.properties().get(PLAN))) {
      return;
    }
    List<String> differences = new ArrayList<>();
    settings.forEach(
        (key, value) -> {
          String old = there.config().get(key);
          if (!value.equals(old)) {
            differences.add(key + " was " + old + ", is now " + value);
          }
        });
    throw new UserException(
        "%s already holds %s (%s); choose another output or delete it first",
        uri,
        others,
        differences.isEmpty() ? "of another checkpoint" : String.join("; ", differences));
  }

  /** Deletes a file or directory in it while the lease is held. */
  public void delete(Lease lease, String path) {
    URI file = Locations.resolve(uri, path);
    lease.check();
    try {
      Locations.fileSystem(conf, file).delete(new Path(file), true);
    } catch (IOException e) {
      throw new UserException(e, "cannot delete %s: %s", file, e.getMessage());
    }
  }
}

package io.sparkddpm.spark.store;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.BiConsumer;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  private static final Logger LOG = LoggerFactory.getLogger(PlannedArtifact.class);

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

  /** Whether nothing of an artefact is damaged; what is damaged is logged. */
  public static boolean isWhole(Artifact there) {
    List<String> problems = there.damage();
    problems.forEach(p -> LOG.warn("To be made again: {}", p));
    return problems.isEmpty();
  }

  /**
   * The finished artefact, or, where there is none or a damaged one, a new one. What was left of an
   * unfinished one is in its {@link ProgressNotes}, which go when the new one is committed.
   *
   * @param manifest of a new one, without its files
   * @param files writes them while the lease is held
   * @throws UserException if another one is there, or another process makes it
   */
  public Artifact orMake(Manifest.Builder manifest, BiConsumer<ArtifactWriter, LeaseToken> files) {
    Optional<Artifact> before = whole();
    if (before.isPresent()) {
      return before.get();
    }
    try (Lease lease = Lease.acquire(conf, uri)) {
      Optional<Artifact> now = whole();
      return now.isPresent() ? now.get() : make(lease, manifest, files);
    }
  }

  private Optional<Artifact> whole() {
    return finished().filter(PlannedArtifact::isWhole);
  }

  private Artifact make(
      Lease lease, Manifest.Builder manifest, BiConsumer<ArtifactWriter, LeaseToken> files) {
    delete(lease, Manifest.FILE_NAME); // of a damaged one, or one that was cut off
    ArtifactWriter writer = ArtifactWriter.create(conf, uri, kind, lease.token());
    files.accept(writer, lease.token());
    writer.discardUnfinished();
    Artifact artifact = writer.commit(manifest);
    delete(lease, ProgressNotes.DIRECTORY);
    return artifact;
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
    lease.check();
    Locations.delete(conf, Locations.resolve(uri, path));
  }
}

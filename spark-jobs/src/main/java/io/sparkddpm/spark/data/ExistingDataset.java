package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.InputRef;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;

/** Checks that a dataset at a job's output is the one that the job would make. */
final class ExistingDataset {
  private final Configuration conf;
  private final ShardConfig config;
  private final ShardTasks tasks;
  private final List<URI> from;
  private final URI to;

  ExistingDataset(
      Configuration conf, ShardConfig config, ShardTasks tasks, List<URI> from, URI to) {
    this.conf = conf;
    this.config = config;
    this.tasks = tasks;
    this.from = from;
    this.to = to;
  }

  /**
   * Opens it. Inputs whose files are as they were are not read again.
   *
   * @throws UserException if it was made with other settings, from other records, or is damaged
   */
  Artifact open(SourceListing listing, long firstId) {
    Artifact artifact = Artifact.open(conf, to, ArtifactKind.DATASET);
    Manifest manifest = artifact.manifest();
    refuseOtherSettings(manifest);
    List<String> classes = Dataset.classNames(manifest);
    if (!classes.equals(listing.classNames())) {
      throw new UserException(
          "%s already holds a dataset with other classes (%s, now %s); choose another output or"
              + " delete it first",
          to, classes, listing.classNames());
    }
    if (!listing.fingerprint().equals(DatasetManifest.listing(manifest))) {
      refuseOtherRecords(manifest, listing, firstId);
    }
    refuseDamage(artifact);
    return artifact;
  }

  private void refuseOtherSettings(Manifest manifest) {
    Map<String, String> before = manifest.config();
    List<String> differences = new ArrayList<>();
    Map<String, String> now = config.toMap();
    Set<String> keys = new TreeSet<>(now.keySet());
    before.keySet().stream().filter(key -> key.startsWith("shard.")).forEach(keys::add);
    for (String key : keys) {
      String was = before.getOrDefault(key, "at its default");
      String is = now.getOrDefault(key, "at its default");
      if (!was.equals(is)) {
        differences.add(String.format(Locale.ROOT, "%s was %s, now %s", key, was, is));
      }
    }
    if (!differences.isEmpty()) {
      throw new UserException(
          "%s already holds a dataset made with other settings (%s); choose another output or"
              + " delete it first",
          to, String.join("; ", differences));
    }
  }

  private void refuseOtherRecords(Manifest manifest, SourceListing listing, long firstId) {
    boolean mixed =
        config.mix() && listing.isMixed() && manifest.formatVersion() > 1; // format 1 mixed nothing
    List<ShardPlan> plans = ShardPlan.cut(listing, mixed, config.recordsPerShard(), firstId);
    List<ShardOutcome> read =
        tasks.run("compare inputs", plans, hadoop -> ShardTask.digests(hadoop, to, config));
    List<String> now = DatasetManifest.inputFingerprints(config, from.size(), read);
    List<String> then = manifest.inputs().stream().map(InputRef::fingerprint).toList();
    if (!now.equals(then)) {
      throw new UserException(
          "%s already holds a dataset made from other images (%s); choose another output or"
              + " delete it first",
          to, String.join(", ", manifest.inputs().stream().map(InputRef::uri).toList()));
    }
  }

  private void refuseDamage(Artifact artifact) {
    List<String> problems = artifact.verifySizes();
    if (!problems.isEmpty()) {
      throw new UserException(
          "the dataset is damaged (%s%s); delete %s to have it made again",
          problems.get(0),
          problems.size() > 1 ? " and " + (problems.size() - 1) + " more" : "",
          to);
    }
  }
}

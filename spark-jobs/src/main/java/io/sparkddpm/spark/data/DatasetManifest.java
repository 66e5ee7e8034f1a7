package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageTally;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Writes and reads the manifest of a dataset. */
final class DatasetManifest {
  private static final String LISTING = "input-listing";
  private static final String CONTENT = "content";
  private static final String BAD_IMAGES = "bad-images";
  private static final String BAD_IMAGE = "bad-image";

  private DatasetManifest() {}

  /**
   * Describes a dataset that was made.
   *
   * @param from its inputs, as users named them or absolute
   * @throws UserException if it holds no record
   */
  static Manifest.Builder describe(
      ShardConfig config, List<String> from, SourceListing listing, List<ShardOutcome> outcomes) {
    Manifest.Builder manifest = Manifest.builder(ArtifactKind.DATASET).config(config.toMap());
    List<String> fingerprints = inputFingerprints(config, from.size(), outcomes);
    for (int i = 0; i < from.size(); i++) {
      manifest.input(from.get(i), fingerprints.get(i));
    }
    long images = 0;
    ContentSum content = ContentSum.NONE;
    List<String> bad = new ArrayList<>();
    long[] classes = new long[listing.classNames().size()];
    for (ShardOutcome outcome : outcomes) {
      images += outcome.file().records();
      content = content.plus(outcome.content());
      bad.addAll(outcome.badImages());
      for (int label = 0; label < classes.length; label++) {
        classes[label] += outcome.classCounts()[label];
      }
    }
    TallyNotes.write(
        manifest,
        outcomes.stream().map(ShardOutcome::tally).reduce(ImageTally.NONE, ImageTally::plus));
    if (images == 0) {
      throw new UserException(
          "none of the %s could be used: %s",
          config.format().medium().plural(), String.join("; ", bad));
    }
    manifest
        .count("images", images)
        .count("shards", outcomes.size())
        .note(LISTING, listing.fingerprint())
        .note(CONTENT, content.hex());
    config.layout().toMap().forEach(manifest::property);
    new MediumNote(config.format().medium(listing)).write(manifest);
    classes(manifest, listing.classNames(), classes);
    badImages(manifest, bad);
    return manifest;
  }

  /** Adds names of classes by label, and how many records each has. */
  static void classes(Manifest.Builder manifest, List<String> names, long[] records) {
    manifest.count("classes", names.size());
    for (int label = 0; label < names.size(); label++) {
      String key = Dataset.numbered("class", label);
      manifest.property(key, names.get(label)).count(key, records[label]);
    }
  }

  /** Adds a line for each image that was left out. */
  static void badImages(Manifest.Builder manifest, List<String> bad) {
    manifest.count(BAD_IMAGES, bad.size());
    for (int i = 0; i < bad.size(); i++) {
      manifest.property(Dataset.numbered(BAD_IMAGE, i), bad.get(i));
    }
  }

  /** A line for each image that was left out. */
  static List<String> badImages(Manifest manifest) {
    List<String> bad = new ArrayList<>();
    for (int i = 0; i < manifest.count(BAD_IMAGES); i++) {
      bad.add(manifest.property(Dataset.numbered(BAD_IMAGE, i)));
    }
    return bad;
  }

  /** Records that were listed: those that it holds, and those that were left out. */
  static long listed(Manifest manifest) {
    return manifest.count("images") + manifest.count(BAD_IMAGES);
  }

  /**
   * Identifies the records by ids, labels and values alone; empty in datasets of earlier builds.
   */
  static Optional<String> content(Manifest manifest) {
    return Optional.ofNullable(manifest.notes().get(CONTENT));
  }

  /** The fingerprint of the files that it was made from; null if there is none. */
  static String listing(Manifest manifest) {
    return manifest.notes().get(LISTING);
  }

  /** One for each input: SHA-256 of its shards' digests, in order. */
  static List<String> inputFingerprints(
      ShardConfig config, int inputCount, List<ShardOutcome> outcomes) {
    List<StringBuilder> lines = new ArrayList<>();
    for (int i = 0; i < inputCount; i++) {
      String head = "records-per-shard=" + config.recordsPerShard() + "\n";
      lines.add(new StringBuilder(head));
    }
    for (ShardOutcome outcome : outcomes) {
      outcome.digests().forEach(d -> lines.get(d.input()).append(d.sha256()).append('\n'));
    }
    return lines.stream()
        .map(text -> Sha256.of(text.toString().getBytes(StandardCharsets.UTF_8)))
        .toList();
  }
}

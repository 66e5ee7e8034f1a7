package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.Locations;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A dataset to which images are added: every addition is a dataset of its own in a directory below
 * it, never written again, and its own manifest names the files of all. Readers see one dataset.
 * For one thread and one process.
 */
public final class GrowingDataset {
  private static final String PART = "part-";
  private static final Pattern NAME = Pattern.compile(PART + "\\d{5,9}");

  private final Configuration conf;
  private final URI dir;
  private final Map<String, Manifest> manifests = new HashMap<>(); // they never change

  /**
   * @param dir where it lies, or will
   */
  public GrowingDataset(Configuration conf, URI dir) {
    this.conf = conf;
    this.dir = Locations.qualify(conf, dir);
  }

  /** Where it lies. */
  public URI dir() {
    return dir;
  }

  /** Whole additions, in their order. */
  public List<String> parts() {
    FileSystem fs = Locations.fileSystem(conf, dir);
    try {
      return Arrays.stream(fs.listStatus(new Path(dir)))
          .filter(FileStatus::isDirectory)
          .map(s -> s.getPath().getName())
          .filter(name -> NAME.matcher(name).matches() && isWhole(name))
          .sorted()
          .toList();
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw new UserException(e, "cannot list %s: %s", dir, e.getMessage());
    }
  }

  /** Whether an addition is all there. */
  public boolean isWhole(String name) {
    return manifests.containsKey(name) || Artifact.exists(conf, part(name));
  }

  /** Where an addition lies. */
  public URI part(String name) {
    return Locations.resolve(dir, name);
  }

  /** The name of the addition that follows some others. */
  public static String nextPart(List<String> names) {
    int next = 0;
    for (String name : names) {
      next = Math.max(next, Integer.parseInt(name.substring(PART.length())) + 1);
    }
    return String.format(Locale.ROOT, PART + "%05d", next);
  }

  /** Images that were listed for some additions: the id of the next one's first. */
  public long nextId(List<String> names) {
    return names.stream().map(this::manifest).mapToLong(DatasetManifest::listed).sum();
  }

  /** Images that some additions hold. */
  public long images(List<String> names) {
    return names.stream().mapToLong(name -> manifest(name).count("images")).sum();
  }

  /** A line for each image that was left out of some additions. */
  public List<String> badImages(List<String> names) {
    return names.stream()
        .flatMap(name -> DatasetManifest.badImages(manifest(name)).stream())
        .toList();
  }

  /** Names of the classes by label, as the first addition fixed them. */
  public List<String> classNames(String name) {
    return Dataset.classNames(manifest(name));
  }

  /** What the records of an addition are. */
  public RecordLayout layout(String name) {
    return RecordLayout.of(manifest(name));
  }

  /** What the fingerprint of the dataset of some additions is. */
  public String fingerprint(List<String> names) {
    List<Manifest> parts = names.stream().map(this::manifest).toList();
    Manifest.Builder all = merged(names, parts);
    filesOf(names, parts).forEach(all::file);
    return all.build().fingerprint();
  }

  private Manifest manifest(String name) {
    return manifests.computeIfAbsent(
        name, part -> Artifact.open(conf, part(part), ArtifactKind.DATASET).manifest());
  }

  /**
   * Makes some whole additions visible as one dataset.
   *
   * @param names at least one, in their order
   * @throws UserException if they do not fit together
   */
  public Dataset publish(List<String> names) {
    List<Manifest> parts = names.stream().map(this::manifest).toList();
    Manifest.Builder manifest = merged(names, parts);
    if (Artifact.exists(conf, dir)) {
      Dataset now = Dataset.open(conf, dir);
      List<String> files = now.shards().stream().map(FileEntry::path).toList();
      if (files.equals(filesOf(names, parts).stream().map(FileEntry::path).toList())) {
        return now;
      }
      deleteManifest();
    }
    ArtifactWriter writer = ArtifactWriter.create(conf, dir, ArtifactKind.DATASET);
    filesOf(names, parts).forEach(writer::add);
    writer.commit(manifest);
    return Dataset.open(conf, dir);
  }

  private static List<FileEntry> filesOf(List<String> names, List<Manifest> parts) {
    List<FileEntry> files = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String prefix = names.get(i) + "/";
      for (FileEntry f : parts.get(i).files()) {
        files.add(
            new FileEntry(
                prefix + f.path(), prefix + f.logicalPath(), f.size(), f.sha256(), f.records()));
      }
    }
    return files;
  }

  /** Parts of format 1 alone make a dataset of format 1, as they did when they were written. */
  private Manifest.Builder merged(List<String> names, List<Manifest> parts) {
    Manifest first = parts.get(0);
    boolean isFirstFormat = parts.stream().allMatch(part -> part.formatVersion() == 1);
    Manifest.Builder merged = Manifest.builder(ArtifactKind.DATASET).config(first.config());
    List<String> classNames = Dataset.classNames(first);
    if (isFirstFormat) {
      merged.formatVersion(1);
      for (String key : List.of("channels", "height", "width")) {
        merged.property(key, first.property(key));
      }
      classNames = Dataset.namedClasses(first);
    } else {
      RecordLayout.of(first).toMap().forEach(merged::property);
    }
    long[] perClass = new long[classNames.size()];
    long images = 0;
    long shards = 0;
    List<String> bad = new ArrayList<>();
    for (int p = 0; p < parts.size(); p++) {
      Manifest part = parts.get(p);
      refuseOthers(names.get(p), part, names.get(0), first);
      merged.input(names.get(p), part.fingerprint());
      images += part.count("images");
      shards += part.count("shards");
      for (int label = 0; label < perClass.length; label++) {
        perClass[label] += part.count(Dataset.numbered("class", label));
      }
      bad.addAll(DatasetManifest.badImages(part));
    }
    merged.count("images", images).count("shards", shards);
    DatasetManifest.classes(merged, classNames, perClass);
    DatasetManifest.badImages(merged, bad);
    return merged;
  }

  private void refuseOthers(String name, Manifest part, String firstName, Manifest first) {
    RecordLayout then = RecordLayout.of(first);
    RecordLayout now = RecordLayout.of(part);
    List<String> classesThen = Dataset.classNames(first);
    List<String> classesNow = Dataset.classNames(part);
    if (!then.equals(now)) {
      throw unfit("records", then, firstName, now, name);
    }
    if (!classesThen.equals(classesNow)) {
      throw unfit("classes", classesThen, firstName, classesNow, name);
    }
  }

  private UserException unfit(String what, Object then, String firstName, Object now, String name) {
    return new UserException(
        "%s cannot be one dataset: its %s are %s in %s and %s in %s; shard them anew into another"
            + " directory",
        dir, what, then, firstName, now, name);
  }

  private void deleteManifest() {
    try {
      Path manifest = new Path(Locations.resolve(dir, Manifest.FILE_NAME));
      Locations.fileSystem(conf, dir).delete(manifest, false);
    } catch (IOException e) {
      throw new UserException(e, "cannot write to %s: %s", dir, e.getMessage());
    }
  }
}

package io.sparkddpm.spark.lab.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;

/** What a job has made, as hashes and numbers that can be compared. For one thread. */
final class Content {
  static final Configuration CONF = new Configuration();

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Numbers that are no result: times, speeds. */
  private static final Set<String> TIMES = Set.of("seconds", "images-per-second");

  private final SortedMap<String, String> values = new TreeMap<>();

  SortedMap<String, String> values() {
    return values;
  }

  Content put(String name, Object value) {
    values.put(name, String.valueOf(value));
    return this;
  }

  /** The hashes of an artefact's files, which are read and compared with its manifest. */
  Content artifact(String name, Path dir) {
    Artifact artifact = Artifact.open(CONF, dir.toUri());
    for (FileEntry file : artifact.manifest().files()) {
      put(name + "/" + file.logicalPath(), file.sha256());
    }
    List<String> problems = artifact.verify();
    for (String problem : problems) {
      put(name + ": " + problem, "damaged");
    }
    return this;
  }

  /** The same, and the fingerprint of its manifest. */
  Content artifactAndFingerprint(String name, Path dir) {
    put(name + ": fingerprint", Artifact.open(CONF, dir.toUri()).manifest().fingerprint());
    return artifact(name, dir);
  }

  /** The latest whole checkpoint of a run, and all losses. */
  Content run(String name, Path run) {
    Optional<Checkpoint> last = Checkpoints.latestWhole(CONF, run.toUri());
    put(name + ": step", last.map(Checkpoint::step).orElse(-1L));
    last.ifPresent(
        c ->
            c.manifest()
                .files()
                .forEach(f -> put(name + "/checkpoint/" + f.logicalPath(), f.sha256())));
    Checkpoints.metrics(CONF, run.toUri())
        .forEach(m -> put(name + ": loss at step " + m.step(), m.loss()));
    return this;
  }

  /** All numbers of a JSON file but times. */
  Content numbers(String name, Path file) {
    try {
      numbers(name, JSON.readTree(Files.readAllBytes(file)));
    } catch (NoSuchFileException e) {
      put(name, "missing");
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file, e.getMessage());
    }
    return this;
  }

  private void numbers(String name, JsonNode node) {
    if (node.isNumber()) {
      put(name, node.asText());
    }
    node.fields()
        .forEachRemaining(
            field -> {
              if (!TIMES.contains(field.getKey())) {
                numbers(name + "." + field.getKey(), field.getValue());
              }
            });
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      numbers(name + "[" + i + "]", node.get(i));
    }
  }

  /** Every file below a directory, leases apart, by its hash. */
  static SortedMap<String, String> files(Path dir) {
    SortedMap<String, String> found = new TreeMap<>();
    try (Stream<Path> all = Files.walk(dir)) {
      for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
        if (!isOfLease(dir, file)) {
          found.put(dir.relativize(file).toString(), Sha256.of(Files.readAllBytes(file)));
        }
      }
      return found;
    } catch (IOException | UncheckedIOException e) {
      throw new UserException(e, "cannot read %s: %s", dir, e.getMessage());
    }
  }

  /** Whether a file below a directory belongs to a lease. */
  static boolean isOfLease(Path dir, Path file) {
    return dir.relativize(file).toString().contains("_lease");
  }

  /** Whether an artefact is whole there. */
  static boolean isWhole(Path dir) {
    return Artifact.exists(CONF, dir.toUri());
  }
}

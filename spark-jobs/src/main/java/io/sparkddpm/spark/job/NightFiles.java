package io.sparkddpm.spark.job;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.Locations;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Names and small files in the directory of a pipeline that runs every night. A night's {@code
 * night.json} is written when all its stages are done, and never again; {@code history.jsonl} is
 * made from these.
 */
final class NightFiles {
  private static final String NIGHTS = "nights";
  private static final String RECORD = "night.json";
  private static final String PLAN = "plan.json";
  private static final String HISTORY = "history.jsonl";

  private final Configuration conf;
  private final URI dir;

  NightFiles(Configuration conf, URI dir) {
    this.conf = conf;
    this.dir = dir;
  }

  URI place(String relative) {
    return Locations.resolve(dir, relative);
  }

  URI ofNight(String night, String file) {
    return place(NIGHTS + "/" + night + "/" + file);
  }

  /** Nights that are done, in their order. */
  List<NightRecord> done() {
    List<NightRecord> nights = new ArrayList<>();
    for (String night : names()) {
      URI file = ofNight(night, RECORD);
      read(file).ifPresent(json -> nights.add(NightRecord.fromJson(json, file.toString())));
    }
    nights.sort(Comparator.comparingInt(NightRecord::number));
    return nights;
  }

  /** A night that was begun and is not done. */
  Optional<NightPlan> begun() {
    for (String night : names()) {
      if (read(ofNight(night, RECORD)).isEmpty()) {
        Optional<NightPlan> plan = read(ofNight(night, PLAN)).flatMap(NightPlan::fromJson);
        if (plan.isPresent()) {
          return plan;
        }
      }
    }
    return Optional.empty();
  }

  void write(NightPlan plan) {
    write(ofNight(plan.night(), PLAN), plan.toJson().getBytes(StandardCharsets.UTF_8));
  }

  void write(NightRecord record) {
    byte[] json = (record.toJson() + "\n").getBytes(StandardCharsets.UTF_8);
    write(ofNight(record.night(), RECORD), json);
  }

  void writeHistory(List<NightRecord> nights) {
    StringBuilder lines = new StringBuilder();
    nights.forEach(n -> lines.append(n.toJson()).append('\n'));
    write(place(HISTORY), lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Why attempts at a night failed, in their order. */
  List<String> failures(String night) {
    List<String> failures = new ArrayList<>();
    for (int i = 1; ; i++) {
      Optional<byte[]> text = read(failureFile(night, i));
      if (text.isEmpty()) {
        return failures;
      }
      failures.add(new String(text.get(), StandardCharsets.UTF_8).strip());
    }
  }

  void addFailure(String night, String why) {
    byte[] text = (why + "\n").getBytes(StandardCharsets.UTF_8);
    write(failureFile(night, failures(night).size() + 1), text);
  }

  private URI failureFile(String night, int number) {
    return ofNight(night, "failure-" + number + ".txt");
  }

  private List<String> names() {
    try {
      Path nights = new Path(place(NIGHTS));
      return Arrays.stream(fs().listStatus(nights))
          .filter(FileStatus::isDirectory)
          .map(s -> s.getPath().getName())
          .sorted()
          .toList();
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw new UserException(e, "cannot list the nights in %s: %s", dir, e.getMessage());
    }
  }

  /** A file's bytes; empty where there is none. */
  Optional<byte[]> read(URI file) {
    try (InputStream in = fs().open(new Path(file))) {
      return Optional.of(in.readAllBytes()).filter(bytes -> bytes.length > 0);
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file, e.getMessage());
    }
  }

  /** The lines of a text file, one after the other; nothing where there is none. */
  void forEachLine(URI file, Consumer<String> consumer) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(fs().open(new Path(file)), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        consumer.accept(line);
      }
    } catch (FileNotFoundException e) {
      return;
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file, e.getMessage());
    }
  }

  void write(URI file, byte[] bytes) {
    try (ArtifactOutput out = output(file)) {
      out.write(bytes, 0, bytes.length);
    }
  }

  /** A file to be written piece by piece. */
  ArtifactOutput output(URI file) {
    Path path = new Path(file);
    return ArtifactOutput.create(conf, path.getParent().toUri(), path.getName());
  }

  void delete(URI place) {
    try {
      fs().delete(new Path(place), true);
    } catch (IOException e) {
      throw new UserException(e, "cannot delete %s: %s", place, e.getMessage());
    }
  }

  private FileSystem fs() {
    return Locations.fileSystem(conf, dir);
  }
}

package io.sparkddpm.spark.pipeline;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.LeaseToken;
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
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Names and small files in the directory of a pipeline that runs every night. Files that decide
 * what a later attempt does are written once and appear whole: {@code plan.json} before the night's
 * work, {@code trained.json} when its training has ended, {@code night.json} when all stages are
 * done. {@code history.jsonl} is made from the last.
 */
final class NightFiles {
  private static final String NIGHTS = "nights";
  private static final String RECORD = "night.json";
  private static final String PLAN = "plan.json";

  /** The plan of a night whose first one, by an earlier version, is incomplete. */
  private static final String ADOPTED_PLAN = "plan-2.json";

  private static final String TRAINED = "trained.json";
  private static final String ASIDE = ".aside";
  private static final String HISTORY = "history.jsonl";

  private final Configuration conf;
  private final URI dir;
  private final Optional<LeaseToken> lease;

  /** Without a lease: for reading. */
  NightFiles(Configuration conf, URI dir) {
    this(conf, dir, Optional.empty());
  }

  private NightFiles(Configuration conf, URI dir, Optional<LeaseToken> lease) {
    this.conf = conf;
    this.dir = dir;
    this.lease = lease;
  }

  /**
   * The same for the holder of a lease on the directory, who writes and deletes only while it
   * holds.
   */
  NightFiles heldBy(LeaseToken token) {
    return new NightFiles(conf, dir, Optional.of(token));
  }

  URI place(String relative) {
    return Locations.resolve(dir, relative);
  }

  /** A place below the directory, as it is called from there. */
  String relative(URI place) {
    return dir.relativize(place).toString();
  }

  URI ofNight(String night, String file) {
    return place(NIGHTS + "/" + night + "/" + file);
  }

  /** The files that a night's new images come from: size, time and URI, a line each. */
  URI inputList(String night) {
    return ofNight(night, "inputs.tsv");
  }

  /**
   * Nights that are done, in their order.
   *
   * @throws UserException naming the file, if one's record is damaged
   */
  List<NightRecord> done() {
    List<NightRecord> nights = new ArrayList<>();
    Map<String, UserException> damaged = new TreeMap<>();
    for (String night : names()) {
      URI file = ofNight(night, RECORD);
      try {
        read(file).ifPresent(json -> nights.add(NightRecord.fromJson(json, file.toString())));
      } catch (DamagedRecordException e) {
        damaged.put(night, e);
      }
    }
    nights.sort(Comparator.comparingInt(NightRecord::number));
    int last = nights.isEmpty() ? 0 : nights.get(nights.size() - 1).number();
    damaged.forEach(
        (night, e) -> {
          if (plan(night).filter(p -> p.number() > last).isEmpty()) {
            throw e;
          } // else the last one was killed while it wrote its record: it is not done
        });
    return nights;
  }

  /**
   * The night that was begun and is not done.
   *
   * @param done those that are
   */
  Optional<NightPlan> begun(List<NightRecord> done) {
    int last = done.isEmpty() ? 0 : done.get(done.size() - 1).number();
    for (String night : names()) {
      if (done.stream().noneMatch(n -> n.night().equals(night))) {
        Optional<NightPlan> plan = plan(night).filter(p -> p.number() > last);
        if (plan.isPresent()) {
          return plan;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<NightPlan> plan(String night) {
    Optional<NightPlan> plan = plan(ofNight(night, PLAN));
    return plan.isPresent() && !plan.get().isComplete()
        ? plan(ofNight(night, ADOPTED_PLAN)).or(() -> plan)
        : plan;
  }

  private Optional<NightPlan> plan(URI file) {
    return read(file).flatMap(json -> NightPlan.fromJson(json, file.toString()));
  }

  /** The file of a plan; if it is deleted, the night's next attempt plans again. */
  URI planFile(NightPlan plan) {
    return ofNight(plan.night(), plan.settings().isEmpty() ? ADOPTED_PLAN : PLAN);
  }

  void write(NightPlan plan) {
    writeWhole(planFile(plan), plan.toJson());
  }

  /** How the training of a night ended; empty where it has not. */
  Optional<TrainedNight> trained(String night) {
    URI file = trainedFile(night);
    return read(file).flatMap(json -> TrainedNight.fromJson(json, file.toString()));
  }

  void write(String night, TrainedNight trained) {
    writeWhole(trainedFile(night), trained.toJson());
  }

  URI trainedFile(String night) {
    return ofNight(night, TRAINED);
  }

  void write(NightRecord record) {
    writeWhole(ofNight(record.night(), RECORD), record.toJson() + "\n");
  }

  /** Writes a file aside and gives it its name when all of it is there. */
  private void writeWhole(URI file, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Path path = new Path(file);
    Path aside = path.suffix(ASIDE);
    write(aside.toUri(), bytes);
    lease.ifPresent(token -> token.check(conf));
    try {
      fs().delete(path, false); // what was cut off, or is replaced
      if (!fs().rename(aside, path)) {
        throw new UserException("cannot write %s: %s cannot be renamed to it", file, aside);
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot write %s: %s", file, e.getMessage());
    }
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

  /**
   * The lines of a text file, one after the other.
   *
   * @return whether there is one
   */
  boolean forEachLine(URI file, Consumer<String> consumer) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(fs().open(new Path(file)), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        consumer.accept(line);
      }
      return true;
    } catch (FileNotFoundException e) {
      return false;
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
    URI parent = path.getParent().toUri();
    String name = path.getName();
    return lease.isPresent()
        ? ArtifactOutput.create(conf, lease.get(), parent, name, name)
        : ArtifactOutput.create(conf, parent, name);
  }

  boolean exists(URI place) {
    try {
      return fs().exists(new Path(place));
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", place, e.getMessage());
    }
  }

  void delete(URI place) {
    lease.ifPresent(token -> token.check(conf));
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

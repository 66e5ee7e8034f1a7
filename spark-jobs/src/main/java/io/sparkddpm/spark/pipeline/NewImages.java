package io.sparkddpm.spark.pipeline;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.FileSet;
import io.sparkddpm.spark.data.GrowingDataset;
import io.sparkddpm.spark.data.InputFile;
import io.sparkddpm.spark.data.RecordLayout;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.data.SourceListing;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.ArtifactOutput;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Files that have come since the last night: finds them, for the night's plan, and shards those of
 * a plan into a new part of the dataset. Which files a part was made from is recorded in {@code
 * sources/}, written before the part: a file counts as taken by that alone.
 */
final class NewImages {
  private static final String SOURCES = "sources/";

  private final SparkSession session;
  private final Configuration conf;
  private final NightFiles files;
  private final GrowingDataset dataset;
  private final ShardConfig config;
  private final List<String> warnings = new ArrayList<>();

  NewImages(SparkSession session, NightFiles files, ShardConfig config) {
    this.session = session;
    this.conf = session.sparkContext().hadoopConfiguration();
    this.files = files;
    this.dataset = new GrowingDataset(conf, files.place("dataset"));
    this.config = config;
  }

  /** Warnings about the inputs since the last call. */
  List<String> warnings() {
    List<String> since = List.copyOf(warnings);
    warnings.clear();
    return since;
  }

  /** The dataset that grows. */
  GrowingDataset dataset() {
    return dataset;
  }

  /**
   * Finds files that were not added yet, and records which they are.
   *
   * @param list where to
   * @return empty where nothing has come
   * @throws UserException if something that has come cannot join the dataset
   */
  Optional<NightPlan.Addition> find(List<URI> inputs, URI list) {
    List<String> parts = dataset.parts();
    FileSet taken = new FileSet();
    forEachTaken(parts, taken::add);
    List<String> bad = dataset.badImages(parts);
    FileSet listed = new FileSet();
    FileSet fresh = new FileSet();
    Changes changed = new Changes();
    SourceListing listing = SourceListing.of(conf, inputs, config);
    listing.forEachFile(
        (name, file) -> {
          if (!listed.add(file)) {
            return; // another range of the same file
          }
          if (!taken.has(file.uri()) || !taken.test(file) && isNamed(name, bad)) {
            fresh.add(file);
          } else if (!taken.test(file)) {
            changed.add(file.uri());
          }
        });
    changed.warn(
        "changed after they were taken", "the dataset keeps what they held before", warnings);
    warnOfGone(parts, taken, listed);
    if (fresh.size() == 0) {
      return Optional.empty();
    }
    SourceListing wanted = fitting(listing.only(fresh), parts);
    FileEntry entry = write(list, wanted);
    return Optional.of(
        new NightPlan.Addition(
            GrowingDataset.nextPart(parts), fresh.size(), entry.sha256(), wanted.classNames()));
  }

  /** Whether an image was left out, which it is not for ever if somebody mends it. */
  private static boolean isNamed(String name, List<String> messages) {
    return messages.stream().anyMatch(m -> m.startsWith(name + " ") || m.startsWith(name + ":"));
  }

  private void warnOfGone(List<String> parts, FileSet taken, FileSet listed) {
    Changes gone = new Changes();
    if (taken.size() > 0) {
      forEachTaken(
          parts,
          file -> {
            if (!listed.has(file.uri())) {
              gone.add(file.uri());
            }
          });
    }
    gone.warn("gone", "the dataset keeps their images", warnings);
  }

  /** A part that does not fit the others could never be undone. */
  private SourceListing fitting(SourceListing listing, List<String> parts) {
    if (parts.isEmpty()) {
      return listing;
    }
    RecordLayout layout = dataset.layout(parts.get(0));
    if (!layout.equals(config.layout())) {
      throw new UserException(
          "shard.image-size %d makes records of %s, but %s has %s: set it to that, or choose"
              + " another pipeline.output",
          config.imageSize(), config.layout(), dataset.dir(), layout);
    }
    return listing.labelled(dataset.classNames(parts.get(0)));
  }

  /**
   * Makes the part that a plan adds, if it is not there.
   *
   * @return the dataset of the plan; empty if none of the plan's new files is there any more as it
   *     was, so that the plan cannot be followed: nothing has been done of it
   */
  Optional<Dataset> take(NightPlan plan, Progress progress) {
    if (plan.addition().isPresent()) {
      NightPlan.Addition addition = plan.addition().get();
      if (!dataset.isWhole(addition.part()) && !make(plan, addition, progress)) {
        return Optional.empty();
      }
      warnOfLeftOut(addition);
    }
    return Optional.of(dataset.publish(plan.parts()));
  }

  private void warnOfLeftOut(NightPlan.Addition addition) {
    dataset.badImages(List.of(addition.part())).forEach(bad -> warnings.add("left out: " + bad));
    FileSet read = new FileSet();
    forEachTaken(List.of(addition.part()), read::add);
    if (read.size() < addition.files()) {
      warnings.add(
          "input files that changed or went before they were read: "
              + (addition.files() - read.size())
              + "; the next night takes those that are there");
    }
  }

  private boolean make(NightPlan plan, NightPlan.Addition addition, Progress progress) {
    FileSet planned = planned(plan, addition);
    SourceListing listing =
        SourceListing.of(conf, plan.inputs(), config).only(planned).labelled(addition.classes());
    FileSet there = new FileSet();
    listing.forEachFile((name, file) -> there.add(file));
    if (there.size() == 0) {
      return false;
    }
    write(sources(addition.part()), listing);
    warnings.addAll(
        ShardJob.on(session)
            .inputs(plan.inputs())
            .listing(listing)
            .firstId(dataset.nextId(plan.earlierParts()))
            .output(dataset.part(addition.part()))
            .config(config)
            .progress(progress)
            .run()
            .warnings());
    return true;
  }

  private FileSet planned(NightPlan plan, NightPlan.Addition addition) {
    URI list = files.inputList(plan.night());
    MessageDigest digest = Sha256.digest();
    FileSet planned = new FileSet();
    files.forEachLine(
        list,
        line -> {
          digest.update((line + "\n").getBytes(StandardCharsets.UTF_8));
        });
    if (!Sha256.hex(digest).equals(addition.sha256())) {
      throw new UserException(
          "%s is missing, or not as it was when the night was planned: delete %s to have it"
              + " planned anew",
          list, files.planFile(plan));
    }
    files.forEachLine(list, line -> planned.add(file(line, list)));
    return planned;
  }

  private void forEachTaken(List<String> parts, Consumer<InputFile> consumer) {
    for (String part : parts) {
      if (!files.forEachLine(sources(part), line -> consumer.accept(file(line, sources(part))))) {
        throw new UserException(
            "%s is missing: it says which files %s was made from, and without it they would be"
                + " taken again; put it back",
            sources(part), dataset.part(part));
      }
    }
  }

  /** A line of such a list: size, time and URI. */
  static InputFile file(String line, URI list) {
    String[] fields = line.split("\t", 3);
    try {
      return new InputFile(
          URI.create(fields[2]), Long.parseLong(fields[0]), Long.parseLong(fields[1]));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new UserException(
          e,
          "%s is damaged: '%s' is not a size, a time and a URI; put it back as it was",
          list,
          line);
    }
  }

  private URI sources(String part) {
    return files.place(SOURCES + part + ".tsv");
  }

  /** A line for each file. */
  private FileEntry write(URI list, SourceListing listing) {
    FileSet written = new FileSet();
    try (ArtifactOutput out = files.output(list)) {
      listing.forEachFile(
          (name, file) -> {
            if (written.add(file)) {
              String line = file.size() + "\t" + file.modified() + "\t" + file.uri() + "\n";
              byte[] utf8 = line.getBytes(StandardCharsets.UTF_8);
              out.write(utf8, 0, utf8.length);
            }
          });
      out.close();
      return out.entry();
    }
  }

  /** How many files something has happened to, and one of them. */
  private static final class Changes {
    private int count;
    private URI first;

    void add(URI uri) {
      first = count == 0 ? uri : first;
      count++;
    }

    void warn(String what, String consequence, List<String> warnings) {
      if (count > 0) {
        warnings.add(
            "input files " + what + ": " + count + ", such as " + first + "; " + consequence);
      }
    }
  }
}

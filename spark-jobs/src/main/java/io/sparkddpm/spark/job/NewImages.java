package io.sparkddpm.spark.job;

import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.FileSet;
import io.sparkddpm.spark.data.GrowingDataset;
import io.sparkddpm.spark.data.InputFile;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.ArtifactOutput;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Shards the files that have come since the last time into a new part of the dataset. Which files a
 * part was made from stands in {@code sources/}, written before the part.
 */
final class NewImages {
  private static final String SOURCES = "sources/";

  private final SparkSession session;
  private final Configuration conf;
  private final NightFiles files;
  private final ShardConfig config;
  private final List<String> warnings = new ArrayList<>();

  NewImages(SparkSession session, NightFiles files, ShardConfig config) {
    this.session = session;
    this.conf = session.sparkContext().hadoopConfiguration();
    this.files = files;
    this.config = config;
  }

  /** What people should know of the inputs. */
  List<String> warnings() {
    return warnings;
  }

  /** The dataset with all that the inputs hold now. */
  Dataset take(List<URI> inputs, Progress progress) {
    GrowingDataset dataset = new GrowingDataset(conf, files.place("dataset"));
    FileSet taken = new FileSet();
    forEachTaken(dataset, taken::add);
    FileSet listed = new FileSet();
    FileSet fresh = new FileSet();
    Changes changes = new Changes();
    String part = dataset.nextPart();
    try (Sources sources = new Sources(part)) {
      InputFile.forEach(
          conf,
          inputs,
          config,
          file -> {
            if (!listed.add(file)) {
              return; // another range of the same file
            }
            if (!taken.has(file.uri())) {
              fresh.add(file);
              sources.add(file);
            } else if (!taken.test(file)) {
              changes.add(file.uri());
            }
          });
    }
    changes.warn(
        "changed after they were taken", "the dataset keeps what they held before", warnings);
    if (taken.size() > listed.size() - fresh.size()) {
      Changes gone = new Changes();
      forEachTaken(
          dataset,
          file -> {
            if (!listed.has(file.uri())) {
              gone.add(file.uri());
            }
          });
      gone.warn("gone", "the dataset keeps their images", warnings);
    }
    if (fresh.size() > 0) {
      ShardJob.on(session)
          .inputs(inputs)
          .only(fresh)
          .firstId(dataset.nextId())
          .output(dataset.part(part))
          .config(config)
          .progress(progress)
          .run()
          .badImages()
          .forEach(bad -> warnings.add("left out: " + bad));
    }
    return dataset.publish();
  }

  private void forEachTaken(GrowingDataset dataset, Consumer<InputFile> consumer) {
    for (String part : dataset.parts()) {
      files.forEachLine(
          sources(part),
          line -> {
            String[] fields = line.split("\t", 3);
            consumer.accept(
                new InputFile(
                    URI.create(fields[2]), Long.parseLong(fields[0]), Long.parseLong(fields[1])));
          });
    }
  }

  private URI sources(String part) {
    return files.place(SOURCES + part + ".tsv");
  }

  /** Which files a part is made from; no file at all where there is none. */
  private final class Sources implements AutoCloseable {
    private final URI uri;
    private Optional<ArtifactOutput> out = Optional.empty();

    Sources(String part) {
      this.uri = sources(part);
    }

    void add(InputFile file) {
      if (out.isEmpty()) {
        out = Optional.of(files.output(uri));
      }
      String line = file.size() + "\t" + file.modified() + "\t" + file.uri() + "\n";
      byte[] utf8 = line.getBytes(StandardCharsets.UTF_8);
      out.get().write(utf8, 0, utf8.length);
    }

    @Override
    public void close() {
      out.ifPresent(ArtifactOutput::close);
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

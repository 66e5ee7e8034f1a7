package io.sparkddpm.spark.job;

import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.GrowingDataset;
import io.sparkddpm.spark.data.InputFile;
import io.sparkddpm.spark.data.ShardConfig;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.session.Progress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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
    Map<URI, InputFile> taken = taken(dataset);
    List<InputFile> listed = InputFile.list(conf, inputs, config);
    Set<InputFile> fresh =
        listed.stream()
            .filter(f -> !taken.containsKey(f.uri()))
            .collect(Collectors.toCollection(LinkedHashSet::new));
    warn(listed, taken);
    if (!fresh.isEmpty()) {
      String part = dataset.nextPart();
      StringBuilder lines = new StringBuilder();
      fresh.forEach(
          f ->
              lines
                  .append(f.size())
                  .append('\t')
                  .append(f.modified())
                  .append('\t')
                  .append(f.uri())
                  .append('\n'));
      byte[] text = lines.toString().getBytes(StandardCharsets.UTF_8);
      files.write(files.place(SOURCES + part + ".tsv"), text);
      ShardJob.on(session)
          .inputs(inputs)
          .only(fresh::contains)
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

  private Map<URI, InputFile> taken(GrowingDataset dataset) {
    Map<URI, InputFile> taken = new HashMap<>();
    for (String part : dataset.parts()) {
      Optional<byte[]> text = files.read(files.place(SOURCES + part + ".tsv"));
      new String(text.orElse(new byte[0]), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.split("\t", 3))
          .map(f -> new InputFile(URI.create(f[2]), Long.parseLong(f[0]), Long.parseLong(f[1])))
          .forEach(f -> taken.put(f.uri(), f));
    }
    return taken;
  }

  private void warn(List<InputFile> listed, Map<URI, InputFile> taken) {
    Set<URI> gone = new HashSet<>(taken.keySet());
    List<URI> changed = new ArrayList<>();
    for (InputFile file : listed) {
      gone.remove(file.uri());
      InputFile before = taken.get(file.uri());
      if (before != null && !before.equals(file)) {
        changed.add(file.uri());
      }
    }
    if (!changed.isEmpty()) {
      warnings.add(
          changed.size()
              + " input files were changed after they were taken, such as "
              + changed.get(0)
              + ": the dataset keeps what they held before");
    }
    if (!gone.isEmpty()) {
      warnings.add(
          gone.size()
              + " input files are gone, such as "
              + gone.iterator().next()
              + ": the dataset keeps their images");
    }
  }
}

package io.sparkddpm.spark.data;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.input.FilesBelow;
import io.sparkddpm.spark.input.FoundFile;
import io.sparkddpm.spark.input.Inputs;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * The files of a format that an input names or holds. Of a directory with several splits, as the
 * names of files or of their folders have them ({@code train-00000-of-00002.parquet}), the training
 * files are taken: test images never mix with them.
 */
final class SplitFiles {
  private static final String TRAIN = "train";
  private static final Pattern SPLIT =
      Pattern.compile(
          "(?:^|[-._ ])(train|training|test|testing|eval|evaluation|dev|val|valid|validation)"
              + "(?:[-._ 0-9]|$)");

  /**
   * A file of an input.
   *
   * @param input which one, from 0
   * @param name what datasets and messages call it
   */
  record Taken(int input, String name, InputFile file) {
    /** Its name without folders. */
    String fileName() {
      return new Path(file.uri()).getName();
    }

    /** The same where something that belongs to it was changed at a time. */
    Taken modified(long time) {
      return new Taken(
          input, name, new InputFile(file.uri(), file.size(), Math.max(file.modified(), time)));
    }

    /** Consecutive records of it, whose labels must be read. */
    SourceSlice slice(long first, long records, String key) {
      return new SourceSlice(
          input,
          file.uri(),
          name,
          file.size(),
          file.modified(),
          first,
          records,
          Condition.NO_LABEL,
          key);
    }
  }

  private final Configuration conf;
  private final List<String> extensions;
  private final List<Taken> taken = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  private SplitFiles(Configuration conf, List<String> extensions) {
    this.conf = conf;
    this.extensions = extensions;
  }

  /**
   * Lists inputs.
   *
   * @param extensions of the format's files, with their dots
   * @throws UserException if an input is missing or holds no such file, or it is not clear which
   *     split is meant
   */
  static SplitFiles of(Configuration conf, List<URI> inputs, List<String> extensions) {
    SplitFiles files = new SplitFiles(conf, extensions);
    for (int i = 0; i < inputs.size(); i++) {
      files.add(i, Inputs.status(conf, inputs.get(i)));
    }
    return files;
  }

  /** In the order of inputs and names. */
  List<Taken> taken() {
    return taken;
  }

  /** The same without their names. */
  List<InputFile> files() {
    return taken.stream().map(Taken::file).toList();
  }

  /** What was passed over. */
  List<String> warnings() {
    return warnings;
  }

  private void add(int input, FileStatus status) {
    Path root = status.getPath();
    if (!status.isDirectory()) {
      FoundFile file = new FoundFile(root, "", status.getLen(), status.getModificationTime());
      taken.add(new Taken(input, root.getName(), of(file)));
      return;
    }
    Map<String, List<FoundFile>> splits = new TreeMap<>();
    FilesBelow.forEach(
        conf,
        root,
        extensions,
        file -> splits.computeIfAbsent(split(file), s -> new ArrayList<>()).add(file));
    if (splits.isEmpty()) {
      throw new UserException("%s holds no %s file", root, String.join(" or ", extensions));
    }
    if (splits.size() > 1 && !splits.containsKey(TRAIN)) {
      throw new UserException(
          "%s holds several splits (%s): name the files or the folder of one as the input",
          root, counts(splits));
    }
    String wanted = splits.size() > 1 ? TRAIN : splits.keySet().iterator().next();
    List<FoundFile> found = splits.remove(wanted);
    if (!splits.isEmpty()) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%s: took %d files of the split %s, passed over others (%s)",
              root,
              found.size(),
              TRAIN,
              counts(splits)));
    }
    found.forEach(f -> taken.add(new Taken(input, InputFiles.nameFrom(root, f.path()), of(f))));
  }

  private static String split(FoundFile file) {
    for (String name : List.of(file.path().getName(), file.folder())) {
      Matcher matcher = SPLIT.matcher(name.toLowerCase(Locale.ROOT));
      if (matcher.find()) {
        return matcher.group(1).startsWith(TRAIN) ? TRAIN : matcher.group(1);
      }
    }
    return "";
  }

  private static String counts(Map<String, List<FoundFile>> splits) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    splits.forEach((name, files) -> counts.put(name.isEmpty() ? "others" : name, files.size()));
    return counts.toString().replaceAll("[{}]", "");
  }

  private static InputFile of(FoundFile file) {
    return new InputFile(file.path().toUri(), file.size(), file.modified());
  }
}

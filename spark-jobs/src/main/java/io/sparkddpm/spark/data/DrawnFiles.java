package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import io.sparkddpm.medium.DrawnItems;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.Lookup;
import io.sparkddpm.spark.store.PlainFile;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import org.apache.hadoop.conf.Configuration;

/** Writes items that the program draws itself as files, in the folders of their classes. */
public final class DrawnFiles {
  private DrawnFiles() {}

  /** Names of all that can be drawn. */
  public static List<String> names() {
    return all().stream().map(DrawnItems::name).toList();
  }

  private static List<DrawnItems> all() {
    List<DrawnItems> all = new ArrayList<>();
    ServiceLoader.load(DrawnItems.class, DrawnItems.class.getClassLoader()).forEach(all::add);
    all.sort(Comparator.comparing(DrawnItems::name));
    return all;
  }

  /**
   * Draws items 0 to {@code count} − 1.
   *
   * @param name one of {@link #names}
   * @param dir a new or empty directory
   * @throws UserException if there is nothing of that name, or the directory holds something
   */
  public static void write(
      Configuration conf, String name, URI dir, long seed, int count, Progress progress) {
    DrawnItems items =
        all().stream()
            .filter(drawn -> drawn.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new UserException(
                        "%s cannot be drawn; what can is %s", name, String.join(", ", names())));
    if (Lookup.exists(conf, dir) && !Lookup.list(conf, dir).isEmpty()) {
      throw new UserException("%s is not empty: choose a new directory", dir);
    }
    try (Progress.Task task = progress.start("draw " + name, count)) {
      if (items.areLines()) {
        writeLines(conf, items, dir, seed, count, task);
      } else {
        writeFiles(conf, items, dir, seed, count, task);
      }
    }
  }

  private static void writeFiles(
      Configuration conf, DrawnItems items, URI dir, long seed, int count, Progress.Task task) {
    List<String> classes = items.classNames();
    for (int i = 0; i < count; i++) {
      String path =
          String.format(
              Locale.ROOT, "%s/%06d.%s", classes.get(i % classes.size()), i, items.extension());
      PlainFile.write(conf, Locations.resolve(dir, path), items.file(seed, i));
      task.advance(1);
    }
  }

  private static void writeLines(
      Configuration conf, DrawnItems items, URI dir, long seed, int count, Progress.Task task) {
    PlainFile.write(
        conf,
        Locations.resolve(dir, items.name() + "." + items.extension()),
        out -> {
          for (int i = 0; i < count; i++) {
            out.write(items.file(seed, i));
            task.advance(1);
          }
        });
  }
}

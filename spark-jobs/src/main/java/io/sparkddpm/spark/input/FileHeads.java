package io.sparkddpm.spark.input;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.FileFormat;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Looks at the first bytes of files whose names do not say that they are images. These are few as a
 * rule; where they are many on an object store, several are asked for at a time.
 */
final class FileHeads {
  private static final int AT_A_TIME = 16;

  private final Configuration conf;

  FileHeads(Configuration conf) {
    this.conf = conf;
  }

  /** Names of the files in a directory that neither are images nor are called so. */
  Set<String> foreign(Path directory, List<Child> children) {
    List<Child> unknown =
        children.stream().filter(c -> !c.isDirectory() && !ImageNames.isImage(c.name())).toList();
    Set<String> foreign = new HashSet<>();
    if (unknown.size() <= 1 || Directories.local(conf, directory).isPresent()) {
      for (Child child : unknown) {
        if (!isImage(Directories.child(directory, child.name()))) {
          foreign.add(child.name());
        }
      }
      return foreign;
    }
    ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME);
    try {
      List<Future<Boolean>> images = new ArrayList<>();
      for (Child child : unknown) {
        Path path = Directories.child(directory, child.name());
        images.add(threads.submit(() -> isImage(path)));
      }
      for (int i = 0; i < images.size(); i++) {
        if (!result(images.get(i))) {
          foreign.add(unknown.get(i).name());
        }
      }
    } finally {
      threads.shutdownNow();
    }
    return foreign;
  }

  private static boolean result(Future<Boolean> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof UserException user
          ? user
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserException(e, "interrupted while listing");
    }
  }

  private boolean isImage(Path path) {
    FileSystem fs = Locations.fileSystem(conf, path.toUri());
    try (InputStream in = Locations.openRange(fs, path)) {
      return FileFormat.of(in.readNBytes(FileFormat.HEAD)).isPresent();
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", path, e.getMessage());
    }
  }
}

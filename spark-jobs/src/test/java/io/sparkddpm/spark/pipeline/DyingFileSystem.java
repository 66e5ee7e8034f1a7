package io.sparkddpm.spark.pipeline;

import io.sparkddpm.spark.store.RenamedDisk;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local disk under another scheme, which takes no change any more from some file on: what a
 * process leaves that is killed there.
 */
public final class DyingFileSystem extends FilterFileSystem {
  private static final AtomicInteger LEFT = new AtomicInteger(Integer.MAX_VALUE);
  private static final Set<String> SURVIVED = ConcurrentHashMap.newKeySet();
  private static volatile Predicate<Path> deadly = path -> false;

  /** Made by Hadoop, by name. */
  public DyingFileSystem() {
    super(new Dying());
  }

  /** Dies at the n-th file that is begun from now on. */
  static void dieAt(int files) {
    LEFT.set(files);
  }

  /**
   * Dies at the first file of those, begun or renamed to, that it has not died at before. Files
   * that differ in a last number alone, that of a task, count as one.
   */
  static void dieOnceAtEach(Predicate<Path> files) {
    deadly = path -> files.test(path) && SURVIVED.add(anyAttempt(path));
  }

  /** A file's name without its task's number and its lease's id. */
  private static String anyAttempt(Path path) {
    return path.toString().replaceAll("-\\d+(?=\\.\\w+$)", "").replaceAll("[0-9a-f]{16}", "id");
  }

  static void live() {
    LEFT.set(Integer.MAX_VALUE);
    deadly = path -> false;
  }

  private static boolean kills(Path path) {
    if (deadly.test(path)) {
      LEFT.set(0);
    }
    return LEFT.get() <= 0 || LEFT.decrementAndGet() <= 0;
  }

  static boolean isDead() {
    return LEFT.get() <= 0;
  }

  @Override
  public String getScheme() {
    return "dying";
  }

  private static final class Dying extends RenamedDisk {
    @Override
    public String getScheme() {
      return "dying";
    }

    private static void check() throws IOException {
      if (isDead()) {
        throw new IOException("killed");
      }
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
      check();
      return super.delete(path, recursive);
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
      check();
      if (deadly.test(to)) {
        LEFT.set(0);
      }
      check();
      return super.rename(from, to);
    }

    @Override
    public boolean mkdirs(Path path) throws IOException {
      check();
      return super.mkdirs(path);
    }

    @Override
    public FSDataOutputStream create(
        Path path,
        FsPermission permission,
        boolean overwrite,
        int bufferSize,
        short replication,
        long blockSize,
        Progressable progress)
        throws IOException {
      check();
      FSDataOutputStream out =
          super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
      if (kills(path)) {
        out.close(); // begun and left empty
        throw new IOException("killed");
      }
      return out;
    }
  }
}

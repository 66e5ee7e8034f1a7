package io.sparkddpm.spark.job;

import io.sparkddpm.spark.store.RenamedDisk;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local disk under another scheme, which takes no change any more from its n-th file on: what a
 * process leaves that is killed there.
 */
public final class DyingFileSystem extends FilterFileSystem {
  private static final AtomicInteger LEFT = new AtomicInteger(Integer.MAX_VALUE);

  /** Made by Hadoop, by name. */
  public DyingFileSystem() {
    super(new Dying());
  }

  /** Dies at the n-th file that is begun from now on. */
  static void dieAt(int files) {
    LEFT.set(files);
  }

  static void live() {
    LEFT.set(Integer.MAX_VALUE);
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
      if (LEFT.decrementAndGet() <= 0) {
        out.close(); // begun and left empty
        throw new IOException("killed");
      }
      return out;
    }
  }
}

package io.sparkddpm.spark.data;

import io.sparkddpm.spark.store.RenamedDisk;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/** The local disk under another scheme, which is full when a named file is written first. */
public final class FailingFileSystem extends FilterFileSystem {
  private static final Set<String> FAIL_ONCE = ConcurrentHashMap.newKeySet();

  /** Made by Hadoop, by name. */
  public FailingFileSystem() {
    super(new Flaky());
  }

  static void failOnce(String fileName) {
    FAIL_ONCE.add(fileName);
  }

  @Override
  public String getScheme() {
    return "flaky";
  }

  private static final class Flaky extends RenamedDisk {
    @Override
    public String getScheme() {
      return "flaky";
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
      FSDataOutputStream out =
          super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
      if (!FAIL_ONCE.remove(path.getName())) {
        return out;
      }
      FileSystem.Statistics none = null;
      return new FSDataOutputStream(
          new FilterOutputStream(out) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
              throw new IOException("No space left on device");
            }
          },
          none);
    }
  }
}

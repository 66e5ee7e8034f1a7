package io.sparkddpm.spark.store;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/** The local disk under another scheme, which calls a hook before every action. */
public final class HookedDisk extends FilterFileSystem {
  private static final Hook NONE = (action, path) -> {};
  private static volatile Hook hook = NONE;

  /** What happens before an action; an exception takes its place. */
  public interface Hook {
    void before(String action, Path path) throws IOException;
  }

  /** Made by Hadoop, by name. */
  public HookedDisk() {
    super(new Disk());
  }

  /** Makes the scheme {@code hooked} known. */
  public static void register(Configuration conf) {
    conf.set("fs.hooked.impl", HookedDisk.class.getName());
  }

  public static void hook(Hook value) {
    hook = value;
  }

  public static void unhook() {
    hook = NONE;
  }

  @Override
  public String getScheme() {
    return "hooked";
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    hook.before("open", path);
    return super.open(path, bufferSize);
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    hook.before("status", path);
    return super.getFileStatus(path);
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    hook.before("list", path);
    return super.listStatus(path);
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    hook.before("delete", path);
    return super.delete(path, recursive);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    hook.before("rename", to);
    return super.rename(from, to);
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
    hook.before("create", path);
    FSDataOutputStream out =
        super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
    try {
      hook.before("write", path);
      return out;
    } catch (IOException e) {
      out.close(); // begun and left empty
      throw e;
    }
  }

  private static final class Disk extends RenamedDisk {
    @Override
    public String getScheme() {
      return "hooked";
    }
  }
}

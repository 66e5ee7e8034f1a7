package io.sparkddpm.spark.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The local disk under another scheme, {@code failing}, which fails in one way at one place, as a
 * test chooses. Nothing else of it is changed.
 */
public final class FailingDisk extends FilterFileSystem {
  /** Name of the setting by which Hadoop finds it. */
  public static final String IMPL = "fs.failing.impl";

  private static final AtomicReference<Fault> FAULT = new AtomicReference<>();

  /** What fails. */
  public enum Way {
    LIST,
    STATUS,
    OPEN,
    /** As Java reports it on a disk: in the words of a file that is not there. */
    OPEN_AS_NOT_FOUND,
    READ
  }

  private record Fault(Way way, String suffix) {}

  /** Made by Hadoop, by name. */
  public FailingDisk() {
    super(new Disk());
  }

  /** From now on an operation fails on paths that end so. */
  public static void fail(Way way, String suffix) {
    FAULT.set(new Fault(way, suffix));
  }

  /** From now on nothing fails. */
  public static void mend() {
    FAULT.set(null);
  }

  @Override
  public String getScheme() {
    return "failing";
  }

  private static final class Disk extends RenamedDisk {
    @Override
    public String getScheme() {
      return "failing";
    }

    private static boolean fails(Way way, Path path) {
      Fault fault = FAULT.get();
      return fault != null && fault.way == way && path.toString().endsWith(fault.suffix);
    }

    private static void check(Way way, Path path) throws IOException {
      if (fails(way, path)) {
        throw new IOException("Input/output error");
      }
    }

    @Override
    public FileStatus[] listStatus(Path path) throws IOException {
      check(Way.LIST, path);
      return super.listStatus(path);
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
      check(Way.STATUS, path);
      return super.getFileStatus(path);
    }

    @Override
    public FSDataInputStream open(Path path, int bufferSize) throws IOException {
      check(Way.OPEN, path);
      if (fails(Way.OPEN_AS_NOT_FOUND, path)) {
        throw new FileNotFoundException(path.toUri().getPath() + " (Too many open files)");
      }
      if (fails(Way.READ, path)) {
        return new FSDataInputStream(new Broken());
      }
      return super.open(path, bufferSize);
    }
  }

  private static final class Broken extends FSInputStream {
    @Override
    public int read() throws IOException {
      throw new IOException("Input/output error");
    }

    @Override
    public void seek(long position) {
      // nothing can be read from anywhere
    }

    @Override
    public long getPos() {
      return 0;
    }

    @Override
    public boolean seekToNewSource(long position) {
      return false;
    }
  }
}

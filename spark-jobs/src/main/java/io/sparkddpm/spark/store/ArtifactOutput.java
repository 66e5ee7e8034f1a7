package io.sparkddpm.spark.store;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.security.MessageDigest;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.io.IOUtils;

/**
 * A file of an artefact in the making: hashes and counts what passes, and asks the file system to
 * make it durable when it ends. For one thread. The file counts only once its {@link #entry()}
 * stands in the manifest.
 */
public final class ArtifactOutput extends OutputStream {
  /** Ends the name of a file that waits for its final one. */
  static final String ASIDE = ".unfinished";

  private final URI uri;
  private final String path;
  private final String logicalPath;
  private final Runnable fence;
  private final Finish finish;
  private final MessageDigest digest = Sha256.digest();
  private final FSDataOutputStream out;
  private long size;
  private boolean closed;
  private FileEntry entry;

  /** What remains to be done when the last byte is written. */
  private interface Finish {
    Finish NOTHING = () -> {};

    void run() throws IOException;

    /** Instead, where the file is given up. */
    default void giveUp() {}
  }

  /** Gives a file that was written aside its name. */
  private record Rename(Configuration conf, FileSystem fs, Path from, Path to) implements Finish {
    @Override
    public void run() throws IOException {
      Locations.replace(conf, fs, from, to);
    }

    @Override
    public void giveUp() {
      try {
        fs.delete(from, false);
      } catch (IOException e) {
        return; // nobody takes it for anything
      }
    }
  }

  private ArtifactOutput(
      URI uri,
      String path,
      String logicalPath,
      Runnable fence,
      Finish finish,
      FSDataOutputStream out) {
    this.uri = uri;
    this.path = path;
    this.logicalPath = logicalPath;
    this.fence = fence;
    this.finish = finish;
    this.out = out;
  }

  /**
   * Starts a file, in place of an older one with that name. Works on executors.
   *
   * @param dir the artefact's directory
   * @param path of the file, relative to it; attempts of one task must use different ones
   * @param logicalPath the same for all attempts, see {@link FileEntry}
   * @throws UserException if it cannot be created
   */
  public static ArtifactOutput create(
      Configuration conf, URI dir, String path, String logicalPath) {
    return create(conf, dir, path, logicalPath, () -> {});
  }

  /**
   * As {@link #create(Configuration, URI, String, String)}, for a file that belongs to a lease's
   * holder.
   *
   * @param lease looked at before the file is begun and before it becomes whole
   * @throws UserException also, naming the new holder, if the lease is lost
   */
  public static ArtifactOutput create(
      Configuration conf, LeaseToken lease, URI dir, String path, String logicalPath) {
    return create(conf, dir, path, logicalPath, () -> lease.check(conf));
  }

  /**
   * Starts a file of a name that others may write too, the same bytes: it takes the place of theirs
   * only when it is whole, so that theirs is never seen to be missing or cut off.
   */
  static ArtifactOutput replacing(Configuration conf, LeaseToken lease, URI dir, String path) {
    URI uri = Locations.resolve(dir, path);
    FileSystem fs = Locations.fileSystem(conf, uri);
    Path to = new Path(uri);
    lease.check(conf);
    try {
      boolean aside = Locations.writesAside(fs, to);
      Path written = aside ? new Path(to.getParent(), to.getName() + "." + lease.id() + ASIDE) : to;
      Finish finish = aside ? new Rename(conf, fs, written, to) : Finish.NOTHING;
      FSDataOutputStream out = fs.create(written, true);
      return new ArtifactOutput(uri, path, path, () -> lease.check(conf), finish, out);
    } catch (IOException e) {
      throw new UserException(e, "cannot create %s: %s", uri, e.getMessage());
    }
  }

  private static ArtifactOutput create(
      Configuration conf, URI dir, String path, String logicalPath, Runnable fence) {
    URI uri = Locations.resolve(dir, path);
    FileSystem fs = Locations.fileSystem(conf, uri);
    fence.run();
    try {
      if (Locations.overwritesInPlace(fs)) { // a dying writer of the old file keeps its own bytes
        fs.delete(new Path(uri), false);
      }
      FSDataOutputStream out = fs.create(new Path(uri), true);
      return new ArtifactOutput(uri, path, logicalPath, fence, Finish.NOTHING, out);
    } catch (IOException e) {
      throw new UserException(e, "cannot create %s: %s", uri, e.getMessage());
    }
  }

  /**
   * Starts a file if there is none of that name. Of two that try at once only one succeeds; S3 may
   * let both.
   */
  static ArtifactOutput createNew(Configuration conf, URI dir, String path, Runnable fence) {
    URI uri = Locations.resolve(dir, path);
    FileSystem fs = Locations.fileSystem(conf, uri);
    fence.run();
    try {
      boolean disk = fs instanceof RawLocalFileSystem;
      if (disk) { // looks, then creates, when Hadoop is asked to
        Files.createFile(((RawLocalFileSystem) fs).pathToFile(new Path(uri)).toPath());
      }
      FSDataOutputStream out = fs.create(new Path(uri), disk);
      return new ArtifactOutput(uri, path, path, fence, Finish.NOTHING, out);
    } catch (FileAlreadyExistsException | org.apache.hadoop.fs.FileAlreadyExistsException e) {
      throw new UserException(e, "%s is there already: another process has written it", uri);
    } catch (IOException e) {
      throw new UserException(e, "cannot create %s: %s", uri, e.getMessage());
    }
  }

  /** The same for a file that only one task ever writes. */
  public static ArtifactOutput create(Configuration conf, URI dir, String path) {
    return create(conf, dir, path, path);
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  /**
   * @throws UserException naming the file, if it cannot be written
   */
  @Override
  public void write(byte[] bytes, int offset, int length) {
    try {
      out.write(bytes, offset, length);
    } catch (IOException | FSError e) {
      abort();
      throw failed(e);
    }
    digest.update(bytes, offset, length);
    size += length;
  }

  @Override
  public void flush() {
    try {
      out.flush();
    } catch (IOException | FSError e) {
      throw failed(e);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    try {
      fence.run();
    } catch (UserException e) {
      abort();
      throw e;
    }
    closed = true;
    try {
      if (out.hasCapability(StreamCapabilities.HSYNC)) {
        out.hsync();
      }
      out.close();
      finish.run();
    } catch (IOException | FSError e) {
      IOUtils.closeStream(out); // HDFS throws the very same exception again
      finish.giveUp();
      UserException failed = failed(e);
      try {
        fence.run(); // it may have failed for what a new holder of the lease did
      } catch (UserException lost) {
        lost.addSuppressed(failed);
        throw lost;
      }
      throw failed;
    }
    entry = new FileEntry(path, logicalPath, size, Sha256.hex(digest), null);
  }

  /**
   * What the manifest will say of it.
   *
   * @throws IllegalStateException before {@link #close()} has succeeded
   */
  public FileEntry entry() {
    checkState(entry != null, "%s is still open or was not written whole", uri);
    return entry;
  }

  /**
   * Gives the file up: on S3, whose files appear when they are closed, it never will. Elsewhere
   * what was written stays, and no manifest lists it.
   */
  public void abort() {
    if (closed) {
      return;
    }
    closed = true;
    if (out.hasCapability(CommonPathCapabilities.ABORTABLE_STREAM)) {
      out.abort();
    } else {
      IOUtils.closeStream(out);
    }
    finish.giveUp();
  }

  /** Hadoop's local file system reports a full disk as an error. */
  private UserException failed(Throwable e) {
    String why = e instanceof FSError ? e.getCause().getMessage() : e.getMessage();
    return new UserException(e, "cannot write %s: %s", uri, why);
  }
}

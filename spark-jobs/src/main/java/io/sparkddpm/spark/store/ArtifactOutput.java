package io.sparkddpm.spark.store;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.security.MessageDigest;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.io.IOUtils;

/**
 * A file of an artefact in the making: hashes and counts what passes, and asks the file system to
 * make it durable when it ends. For one thread. The file counts only once its {@link #entry()}
 * stands in the manifest.
 */
public final class ArtifactOutput extends OutputStream {
  private final URI uri;
  private final String path;
  private final String logicalPath;
  private final MessageDigest digest = Sha256.digest();
  private final FSDataOutputStream out;
  private long size;
  private boolean closed;
  private FileEntry entry;

  private ArtifactOutput(URI uri, String path, String logicalPath, FSDataOutputStream out) {
    this.uri = uri;
    this.path = path;
    this.logicalPath = logicalPath;
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
    URI uri = Locations.resolve(dir, path);
    FileSystem fs = Locations.fileSystem(conf, uri);
    try {
      if (Locations.overwritesInPlace(fs)) { // a dying writer of the old file keeps its own bytes
        fs.delete(new Path(uri), false);
      }
      return new ArtifactOutput(uri, path, logicalPath, fs.create(new Path(uri), true));
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

  /** Bytes so far. */
  public long size() {
    return size;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (out.hasCapability(StreamCapabilities.HSYNC)) {
        out.hsync();
      }
      out.close();
    } catch (IOException | FSError e) {
      IOUtils.closeStream(out); // HDFS throws the very same exception again
      throw failed(e);
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
   * Gives the file up: on object stores, whose files appear when they are closed, it never will.
   * Elsewhere what was written stays, and no manifest lists it.
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
  }

  /** Hadoop's local file system reports a full disk as an error. */
  private UserException failed(Throwable e) {
    String why = e instanceof FSError ? e.getCause().getMessage() : e.getMessage();
    return new UserException(e, "cannot write %s: %s", uri, why);
  }
}

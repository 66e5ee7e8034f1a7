package io.sparkddpm.spark.store;

import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * A file system that promises as little as those of Azure and Google: a writer cannot give a file
 * up, and renaming replaces nothing. Its files lie on the local disk.
 */
public final class PlainStore extends FileSystem {
  static final String SCHEME = "plain";

  private final RawLocalFileSystem disk = new RawLocalFileSystem();

  /** A configuration that knows it. */
  static Configuration configuration() {
    Configuration conf = new Configuration();
    conf.set("fs." + SCHEME + ".impl", PlainStore.class.getName());
    return conf;
  }

  @Override
  public void initialize(URI uri, Configuration conf) throws IOException {
    super.initialize(uri, conf);
    disk.initialize(URI.create("file:///"), conf);
  }

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }

  private static Path local(Path path) {
    return new Path("file", null, path.toUri().getPath());
  }

  private FileStatus ours(FileStatus local) {
    return new FileStatus(
        local.getLen(),
        local.isDirectory(),
        1,
        local.getBlockSize(),
        local.getModificationTime(),
        makeQualified(new Path(local.getPath().toUri().getPath())));
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    return disk.open(local(path), bufferSize);
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
    return disk.create(
        local(path), permission, overwrite, bufferSize, replication, blockSize, progress);
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress)
      throws IOException {
    throw new IOException("nothing can be appended to " + path);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    return !disk.exists(local(to)) && disk.rename(local(from), local(to));
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    return disk.delete(local(path), recursive);
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    return Arrays.stream(disk.listStatus(local(path))).map(this::ours).toArray(FileStatus[]::new);
  }

  @Override
  public void setWorkingDirectory(Path path) {
    throw new UnsupportedOperationException("all paths are absolute");
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path(SCHEME, null, "/");
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) throws IOException {
    return disk.mkdirs(local(path), permission);
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    return ours(disk.getFileStatus(local(path)));
  }
}

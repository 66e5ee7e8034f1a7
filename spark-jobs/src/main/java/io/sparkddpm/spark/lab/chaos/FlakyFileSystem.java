package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * The local disk under another scheme, some of whose reads fail: opening a file, reading from it,
 * listing a directory, asking for a file's size. What is written always arrives. Hadoop makes it,
 * by its name in the configuration.
 */
public final class FlakyFileSystem extends FilterFileSystem {
  static final String SCHEME = "flaky";

  private static final String RATE = "fs.flaky.rate";
  private static final String SEED = "fs.flaky.seed";
  private static final String COUNT = "fs.flaky.count-file";

  /** Made by Hadoop. */
  public FlakyFileSystem() {
    super(new Disk());
  }

  /**
   * What a command is started with.
   *
   * @param rate of the reads that fail, in [0, 1)
   * @param seed decides which of them
   * @param count a local file that gets a byte for each read that failed
   */
  static List<String> settings(double rate, long seed, java.nio.file.Path count) {
    String hadoop = "--spark-conf=spark.hadoop.";
    return List.of(
        hadoop + "fs." + SCHEME + ".impl=" + FlakyFileSystem.class.getName(),
        hadoop + RATE + "=" + rate,
        hadoop + SEED + "=" + seed,
        hadoop + COUNT + "=" + count);
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  private static final class Disk extends RawLocalFileSystem {
    private static final AtomicLong READS = new AtomicLong();

    @Override
    public String getScheme() {
      return SCHEME;
    }

    @Override
    public URI getUri() {
      return URI.create(SCHEME + ":///");
    }

    @Override
    public void initialize(URI given, Configuration conf) throws IOException {
      super.initialize(getUri(), conf);
    }

    void mayFail(Path path) throws IOException {
      double rate = getConf().getDouble(RATE, 0);
      long seed = getConf().getLong(SEED, 0);
      long number = READS.incrementAndGet();
      if (RandomStream.of(seed, Purpose.CHAOS, number).nextDouble() < rate) {
        Files.write(
            java.nio.file.Path.of(getConf().get(COUNT)),
            new byte[] {'.'},
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
        throw new IOException("Input/output error (read " + number + "): " + path);
      }
    }

    @Override
    public FSDataInputStream open(Path path, int bufferSize) throws IOException {
      mayFail(path);
      return new FSDataInputStream(new Stream(this, path, super.open(path, bufferSize)));
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
      mayFail(path);
      return super.getFileStatus(path);
    }

    @Override
    public FileStatus[] listStatus(Path path) throws IOException {
      mayFail(path);
      return super.listStatus(path);
    }
  }

  /** A file of it, open. */
  private static final class Stream extends FSInputStream {
    private final Disk disk;
    private final Path path;
    private final FSDataInputStream in;

    Stream(Disk disk, Path path, FSDataInputStream in) {
      this.disk = disk;
      this.path = path;
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      disk.mayFail(path);
      return in.read();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      disk.mayFail(path);
      return in.read(buffer, offset, length);
    }

    @Override
    public void seek(long position) throws IOException {
      in.seek(position);
    }

    @Override
    public long getPos() throws IOException {
      return in.getPos();
    }

    @Override
    public boolean seekToNewSource(long target) {
      return false;
    }

    @Override
    public int available() throws IOException {
      return in.available();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}

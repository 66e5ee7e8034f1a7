package io.sparkddpm.spark.cli;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.lab.cluster.JavaProcess;
import io.sparkddpm.spark.store.RenamedDisk;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local disk under another scheme. Whoever first creates a file of a certain name knocks at a
 * port of 127.0.0.1 and waits there until it is let in: what a process does at that moment others
 * can see, however fast or slow they are.
 */
public final class GatedFileSystem extends FilterFileSystem {
  private static final String AT = "fs.gated.at";
  private static final String PORT = "fs.gated.port";

  /**
   * What a command is started with.
   *
   * @param file part of its path
   * @param port to knock at
   */
  static List<String> settings(String file, int port) {
    String hadoop = "--spark-conf=spark.hadoop.";
    return List.of(
        hadoop + "fs.gated.impl=" + GatedFileSystem.class.getName(),
        hadoop + AT + "=" + file,
        hadoop + PORT + "=" + port);
  }

  /** Waits until a process has come to the file; it continues when the socket is closed. */
  static Socket knock(ServerSocket gate, JavaProcess by) throws IOException {
    CompletableFuture<Void> end = by.handle().onExit().thenRun(() -> close(gate));
    try {
      return gate.accept();
    } catch (IOException e) {
      throw new IOException("it ended before; see " + by.log(), e);
    } finally {
      end.cancel(false);
    }
  }

  private static void close(ServerSocket gate) {
    try {
      gate.close();
    } catch (IOException e) {
      throw new UserException(e, "cannot close a port: %s", e.getMessage());
    }
  }

  /** Made by Hadoop, by name. */
  public GatedFileSystem() {
    super(new Gated());
  }

  @Override
  public String getScheme() {
    return "gated";
  }

  private static final class Gated extends RenamedDisk {
    private static final AtomicBoolean PASSED = new AtomicBoolean();

    @Override
    public String getScheme() {
      return "gated";
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
      if (path.toString().contains(getConf().get(AT)) && PASSED.compareAndSet(false, true)) {
        int port = getConf().getInt(PORT, 0);
        try (Socket gate = new Socket(InetAddress.getLoopbackAddress(), port)) {
          gate.getInputStream().read(); // until the other side closes it
        }
      }
      return super.create(
          path, permission, overwrite, bufferSize, replication, blockSize, progress);
    }
  }
}

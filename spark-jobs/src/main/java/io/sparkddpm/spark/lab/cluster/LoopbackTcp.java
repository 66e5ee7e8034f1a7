package io.sparkddpm.spark.lab.cluster;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** How long this machine takes to move bytes through one TCP connection to itself. */
public final class LoopbackTcp {
  private static final int CHUNK = 1 << 20;
  private static final double NANOS = 1e9;

  private LoopbackTcp() {}

  /** The median of three times {@link #seconds}. */
  public static double medianSeconds(long bytes) {
    double[] found = {seconds(bytes), seconds(bytes), seconds(bytes)};
    Arrays.sort(found);
    return found[1];
  }

  /**
   * Sends bytes from one thread to another, from the first one sent to the last one received.
   *
   * @param bytes at least 1
   * @return seconds
   */
  public static double seconds(long bytes) {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (SocketChannel out = SocketChannel.open(server.getLocalAddress());
          SocketChannel in = server.accept()) {
        out.setOption(StandardSocketOptions.TCP_NODELAY, true);
        CompletableFuture<Long> received = CompletableFuture.supplyAsync(() -> receive(in, bytes));
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        long began = System.nanoTime();
        for (long sent = 0; sent < bytes; ) {
          chunk.clear().limit((int) Math.min(CHUNK, bytes - sent));
          while (chunk.hasRemaining()) {
            sent += out.write(chunk);
          }
        }
        return (received.join() - began) / NANOS;
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot send through 127.0.0.1: %s", e.getMessage());
    }
  }

  private static long receive(SocketChannel in, long bytes) {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
    try {
      for (long received = 0; received < bytes; ) {
        int n = in.read(chunk.clear());
        if (n < 0) {
          throw new IOException("the connection was closed");
        }
        received += n;
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot receive through 127.0.0.1: %s", e.getMessage());
    }
    return System.nanoTime();
  }
}

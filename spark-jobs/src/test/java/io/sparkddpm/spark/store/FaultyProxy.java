package io.sparkddpm.spark.store;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * A proxy for HTTP/1.1 on loopback that passes bytes on as they are, keeps a record of all
 * requests, and lets some of them fail. Thread-safe.
 */
public final class FaultyProxy implements AutoCloseable {
  private static final int MAX_HEAD = 1 << 16;

  private final ServerSocket listener;
  private final int upstream;
  private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
  private final AtomicReference<Function<Request, Fault>> faults =
      new AtomicReference<>(request -> Fault.NONE);
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /**
   * An answer that the server is not asked for.
   *
   * @param status such as 503
   * @param code S3's name for the error
   * @param message of it
   * @param date by the clock of the server
   */
  public record Answer(int status, String code, String message, Instant date) {}

  /**
   * What is done to a request.
   *
   * @param answer what is said without asking the server
   * @param cutRequestAfter bytes of the body after which the connection is cut; negative: never
   * @param cutResponseAfter bytes of the response, head included; negative: never
   */
  public record Fault(Optional<Answer> answer, long cutRequestAfter, long cutResponseAfter) {
    /** It passes. */
    public static final Fault NONE = new Fault(Optional.empty(), -1, -1);

    /** S3's own answer to too many requests. */
    public static final Fault SLOW_DOWN =
        refused(503, "SlowDown", "Please reduce your request rate.", Instant.EPOCH);

    /** The server's no. */
    public static Fault refused(int status, String code, String message, Instant date) {
      return new Fault(Optional.of(new Answer(status, code, message, date)), -1, -1);
    }

    /** The connection is cut in the middle of what the client sends. */
    public static Fault cutRequestAfter(long bytes) {
      return new Fault(Optional.empty(), bytes, -1);
    }

    /** The connection is cut in the middle of the answer. */
    public static Fault cutResponseAfter(long bytes) {
      return new Fault(Optional.empty(), -1, bytes);
    }
  }

  /**
   * The head of a request.
   *
   * @param method such as GET
   * @param target path and query
   * @param range the header's value, or empty
   * @param copySource the header's value, or empty: what an S3 rename is made of
   * @param length of the body
   * @param awaits100 whether the client sends the body only when asked to
   */
  public record Request(
      String method,
      String target,
      String range,
      String copySource,
      long length,
      boolean awaits100) {
    /** Whether it asks what objects there are. */
    public boolean isListing() {
      return method.equals("GET") && target.contains("list-type=2")
          || method.equals("GET") && target.contains("prefix=");
    }

    private static Request parse(byte[] head) {
      String[] lines = new String(head, StandardCharsets.ISO_8859_1).split("\r\n", -1);
      String[] first = lines[0].split(" ", -1);
      String length = header(lines, "content-length");
      return new Request(
          first[0],
          first[1],
          header(lines, "range"),
          header(lines, "x-amz-copy-source"),
          length.isEmpty() ? 0 : Long.parseLong(length),
          header(lines, "expect").equalsIgnoreCase("100-continue"));
    }

    private static String header(String[] lines, String name) {
      for (String line : lines) {
        if (line.toLowerCase(Locale.ROOT).startsWith(name + ":")) {
          return line.substring(name.length() + 1).strip();
        }
      }
      return "";
    }
  }

  private FaultyProxy(ServerSocket listener, int upstream) {
    this.listener = listener;
    this.upstream = upstream;
  }

  /** Starts it before the server on a port of 127.0.0.1. */
  public static FaultyProxy start(int upstream) throws IOException {
    ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    FaultyProxy proxy = new FaultyProxy(listener, upstream);
    proxy.inBackground("proxy", proxy::accept);
    return proxy;
  }

  /** Where it listens on 127.0.0.1. */
  public int port() {
    return listener.getLocalPort();
  }

  /** Decides for every request from now on; called by many threads. */
  public void faults(Function<Request, Fault> decision) {
    faults.set(decision);
  }

  /** Forgets faults and requests. */
  public void reset() {
    faults.set(request -> Fault.NONE);
    requests.clear();
  }

  /** All requests since the last reset, in the order of their arrival. */
  public List<Request> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  private void inBackground(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        open.add(client);
        inBackground("proxy connection", () -> serve(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket server = new Socket(InetAddress.getLoopbackAddress(), upstream)) {
      open.add(server);
      InputStream in = new BufferedInputStream(client.getInputStream());
      AtomicReference<Long> left = new AtomicReference<>(Long.MAX_VALUE);
      inBackground("proxy answers", () -> answer(server, client, left));
      for (byte[] head = head(in); head.length > 0; head = head(in)) {
        Request request = Request.parse(head);
        requests.add(request);
        Fault fault = faults.get().apply(request);
        if (fault.answer().isPresent()) {
          refuse(client, in, request, fault.answer().get());
          return;
        }
        left.set(fault.cutResponseAfter() < 0 ? Long.MAX_VALUE : fault.cutResponseAfter());
        OutputStream out = server.getOutputStream();
        out.write(head);
        long body = request.length();
        long passed = fault.cutRequestAfter() < 0 ? body : Math.min(body, fault.cutRequestAfter());
        copy(in, out, passed);
        if (passed < body) {
          return;
        }
      }
    } catch (IOException e) {
      return; // one side went away: so does the other
    } finally {
      open.remove(client);
    }
  }

  private static void refuse(Socket client, InputStream in, Request request, Answer answer)
      throws IOException {
    if (!request.awaits100()) {
      copy(in, OutputStream.nullOutputStream(), request.length());
    }
    String body =
        String.format(
            Locale.ROOT,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<Error><Code>%s</Code><Message>%s</Message><RequestId>0</RequestId></Error>",
            answer.code(),
            answer.message());
    String head =
        String.format(
            Locale.ROOT,
            "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: application/xml\r\n"
                + "Content-Length: %d\r\nConnection: close\r\n\r\n",
            answer.status(),
            answer.status() == 403 ? "Forbidden" : "Slow Down",
            DateTimeFormatter.RFC_1123_DATE_TIME.format(answer.date().atOffset(ZoneOffset.UTC)),
            request.method().equals("HEAD") ? 0 : body.length());
    OutputStream out = client.getOutputStream();
    out.write(head.getBytes(StandardCharsets.US_ASCII));
    if (!request.method().equals("HEAD")) {
      out.write(body.getBytes(StandardCharsets.US_ASCII));
    }
    out.flush();
    client.shutdownOutput();
  }

  private static void answer(Socket server, Socket client, AtomicReference<Long> left) {
    byte[] buffer = new byte[1 << 16];
    try (server;
        client) {
      InputStream in = server.getInputStream();
      OutputStream out = client.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        long allowed = left.get();
        out.write(buffer, 0, (int) Math.min(n, allowed));
        out.flush();
        if (allowed < n) {
          return;
        }
        if (allowed != Long.MAX_VALUE) {
          left.compareAndSet(allowed, allowed - n);
        }
      }
    } catch (IOException e) {
      return; // one side went away: so does the other
    }
  }

  private static void copy(InputStream in, OutputStream out, long bytes) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long left = bytes;
    while (left > 0) {
      int n = in.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (n < 0) {
        throw new IOException("the client went away");
      }
      out.write(buffer, 0, n);
      left -= n;
    }
    out.flush();
  }

  /** Up to and with the empty line; no bytes when the client is done. */
  private static byte[] head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int state = 0;
    while (state < 4 && head.size() < MAX_HEAD) {
      int b = in.read();
      if (b < 0) {
        return new byte[0];
      }
      head.write(b);
      boolean expected = b == (state % 2 == 0 ? '\r' : '\n');
      state = expected ? state + 1 : b == '\r' ? 1 : 0;
    }
    return head.toByteArray();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}

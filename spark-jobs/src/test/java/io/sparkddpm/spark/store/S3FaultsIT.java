package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.lab.cluster.JavaProcess;
import io.sparkddpm.spark.store.FaultyProxy.Fault;
import io.sparkddpm.spark.store.FaultyProxy.Request;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of artefacts on S3 when the connection or the server fails, or the writer dies. */
class S3FaultsIT {
  private static final int PART = 5 << 20;
  private static final AtomicInteger PLACES = new AtomicInteger();

  @TempDir private static Path temp;
  private static S3Server server;
  private static FaultyProxy proxy;
  private static Configuration conf;
  private URI dir;

  /** Writes an artefact in a process of its own: port, directory. */
  public static final class Writer {
    private Writer() {}

    /** Ends with 0 when the artefact is whole. */
    public static void main(String[] args) throws IOException {
      write(configuration(Integer.parseInt(args[0])), URI.create(args[1]));
    }
  }

  @BeforeAll
  static void start() throws IOException {
    server = S3Server.start(temp);
    proxy = FaultyProxy.start(server.port());
    conf = configuration(proxy.port());
  }

  @AfterAll
  static void stop() throws IOException {
    if (proxy != null) {
      proxy.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private static Configuration configuration(int port) {
    Configuration conf = S3Server.configuration(port);
    conf.set("fs.s3a.multipart.size", Integer.toString(PART));
    conf.set("fs.s3a.multipart.threshold", Integer.toString(PART));
    return conf;
  }

  @BeforeEach
  void place() {
    proxy.reset();
    dir = URI.create("s3a://" + server.bucket() + "/faults-" + PLACES.incrementAndGet());
  }

  private static byte[] content(int seed, int size) {
    RandomStream random = RandomStream.of(seed, Purpose.SHAPES, size);
    ByteBuffer bytes = ByteBuffer.allocate((size + 7) / 8 * 8);
    while (bytes.hasRemaining()) {
      bytes.putLong(random.nextLong());
    }
    byte[] exact = new byte[size];
    bytes.flip().get(exact);
    return exact;
  }

  /** A file of three parts and a small one, then the manifest. */
  private static Artifact write(Configuration conf, URI dir) throws IOException {
    ArtifactWriter writer = ArtifactWriter.create(conf, dir, ArtifactKind.CHECKPOINT);
    try (OutputStream out = writer.output("weights")) {
      out.write(content(1, 2 * PART + 1000));
    }
    try (OutputStream out = writer.output("small")) {
      out.write(content(2, 3000));
    }
    return writer.commit(Manifest.builder(ArtifactKind.CHECKPOINT));
  }

  private void assertWhole() {
    Artifact artifact = Artifact.open(conf, dir, ArtifactKind.CHECKPOINT);
    assertEquals(List.of(), artifact.verify());
    assertArrayEquals(content(2, 3000), artifact.read("small"));
  }

  private static boolean isPart(Request request) {
    return request.method().equals("PUT") && request.target().contains("partNumber=");
  }

  private static boolean isManifest(Request request) {
    return request.method().equals("PUT") && request.target().contains(Manifest.FILE_NAME);
  }

  private long count(java.util.function.Predicate<Request> which) {
    return proxy.requests().stream().filter(which).count();
  }

  @Test
  void aWholeArtefactIsUploadedInPartsAndNeverRenamed() throws IOException {
    write(conf, dir);
    assertEquals(3, count(S3FaultsIT::isPart));
    assertEquals(0, count(r -> !r.copySource().isEmpty()), "a rename is a copy");
    List<Request> writes = proxy.requests().stream().filter(r -> r.method().equals("PUT")).toList();
    assertTrue(isManifest(writes.get(writes.size() - 1)), writes::toString);
    assertWhole();
  }

  @Test
  void readingCostsTwoRequestsAFileAndNoListing() throws IOException {
    write(conf, dir);
    proxy.reset();
    Artifact artifact = Artifact.open(conf, dir, ArtifactKind.CHECKPOINT);
    FileEntry small = artifact.manifest().file("small").orElseThrow();
    proxy.reset();
    for (int i = 0; i < 3; i++) {
      Artifact.read(conf, dir, small);
    }
    List<String> methods = proxy.requests().stream().map(Request::method).toList();
    assertEquals(List.of("HEAD", "GET", "HEAD", "GET", "HEAD", "GET"), methods);
    assertEquals(0, count(Request::isListing));
  }

  @Test
  void rangesAreReadAsRanges() throws IOException {
    write(conf, dir);
    URI file = Locations.resolve(dir, "weights");
    FileSystem fs = Locations.fileSystem(conf, file);
    byte[] range = new byte[100_000];
    proxy.reset();
    try (FSDataInputStream in = Locations.openRange(fs, new org.apache.hadoop.fs.Path(file))) {
      in.readFully(1_000_000, range);
    }
    byte[] all = content(1, 2 * PART + 1000);
    assertArrayEquals(Arrays.copyOfRange(all, 1_000_000, 1_100_000), range);
    List<String> ranges =
        proxy.requests().stream()
            .filter(r -> r.method().equals("GET"))
            .map(Request::range)
            .toList();
    assertEquals(List.of("bytes=1000000-1099999"), ranges);
  }

  @Test
  void slowDownIsWaitedFor() throws IOException {
    AtomicInteger refusals = new AtomicInteger();
    proxy.faults(
        request ->
            (isPart(request) || isManifest(request)) && refusals.getAndIncrement() % 3 == 0
                ? Fault.SLOW_DOWN
                : Fault.NONE);
    write(conf, dir);
    assertTrue(refusals.get() > 4, refusals::toString);
    AtomicInteger reads = new AtomicInteger();
    proxy.faults(
        request ->
            request.method().equals("GET") && reads.getAndIncrement() % 2 == 0
                ? Fault.SLOW_DOWN
                : Fault.NONE);
    assertWhole();
    assertTrue(reads.get() > 4, reads::toString);
  }

  @Test
  void aServerThatIsAlwaysBusyIsReportedAndLeavesNothing() {
    proxy.faults(request -> isManifest(request) ? Fault.SLOW_DOWN : Fault.NONE);
    UserException e = assertThrows(UserException.class, () -> write(conf, dir));
    assertTrue(
        e.getMessage().contains("cannot write " + dir + "/_manifest.json: "), e.getMessage());
    assertTrue(e.getMessage().contains("503"), e.getMessage());
    proxy.reset();
    assertFalse(Artifact.exists(conf, dir));
  }

  @Test
  void aConnectionThatIsCutIsTriedAgain() throws IOException {
    AtomicInteger cuts = new AtomicInteger();
    proxy.faults(
        request -> {
          boolean hit = (isPart(request) || isManifest(request)) && cuts.getAndIncrement() % 3 == 0;
          return hit ? Fault.cutRequestAfter(request.length() / 2) : Fault.NONE;
        });
    write(conf, dir);
    assertTrue(cuts.get() > 4, cuts::toString);
    AtomicInteger reads = new AtomicInteger();
    proxy.faults(
        request ->
            request.method().equals("GET") && reads.getAndIncrement() == 1
                ? Fault.cutResponseAfter(1_000_000)
                : Fault.NONE);
    assertWhole();
    assertTrue(reads.get() > 3, reads::toString);
  }

  @Test
  void aFileThatCannotBeUploadedNeverAppears() throws IOException {
    proxy.faults(
        request ->
            request.target().contains("partNumber=2")
                ? Fault.cutRequestAfter(PART / 2)
                : Fault.NONE);
    UserException e = assertThrows(UserException.class, () -> write(conf, dir));
    assertTrue(e.getMessage().contains("cannot write " + dir + "/weights: "), e.getMessage());
    proxy.faults(request -> Fault.NONE);
    FileSystem fs = Locations.fileSystem(conf, dir);
    assertFalse(fs.exists(new org.apache.hadoop.fs.Path(Locations.resolve(dir, "weights"))));
    assertFalse(Artifact.exists(conf, dir));
    long givenUp = count(r -> r.method().equals("DELETE") && r.target().contains("uploadId="));
    assertTrue(givenUp >= 1, "the parts are given up");
    write(conf, dir);
    assertWhole();
  }

  @Test
  void aWriterKilledInMidUploadLeavesNothingThatIsTrusted() throws Exception {
    for (String at : List.of("partNumber=2", Manifest.FILE_NAME)) {
      CountDownLatch reached = new CountDownLatch(1);
      CountDownLatch killed = new CountDownLatch(1);
      proxy.faults(
          request -> {
            boolean here = request.method().equals("PUT") && request.target().contains(at);
            if (!here) {
              return Fault.NONE;
            }
            reached.countDown();
            await(killed);
            return Fault.cutRequestAfter(request.length() / 2);
          });
      try (JavaProcess writer =
          JavaProcess.start(
              temp.resolve("writer-" + at + ".log"),
              Map.of(),
              Pattern.compile("^(never)$"),
              "256m",
              Writer.class.getName(),
              List.of(Integer.toString(proxy.port()), dir.toString()))) {
        var unused = writer.handle().onExit().thenRun(reached::countDown);
        await(reached);
        assertTrue(writer.handle().isAlive(), "see " + writer.log());
        writer.kill();
        killed.countDown();
      }
      proxy.faults(request -> Fault.NONE);
      assertFalse(Artifact.exists(conf, dir));
      assertThrows(UserException.class, () -> Artifact.open(conf, dir));
    }
    write(conf, dir);
    assertWhole();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

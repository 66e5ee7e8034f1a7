package io.sparkddpm.spark.store;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Suspends a job that writes through {@link HookedDisk}, just before it changes something, until
 * another has done all its work; then resumes it. To the other it is dead.
 */
public final class Suspension {
  private static final Set<String> CHANGES = Set.of("create", "delete", "rename");

  private final AtomicInteger left;
  private volatile CompletableFuture<Void> others = CompletableFuture.completedFuture(null);

  private Suspension(int action) {
    this.left = new AtomicInteger(action);
  }

  /**
   * Suspends whoever changes something for the n-th time from now on.
   *
   * @param action n, from 1
   * @param leased directory whose lease it holds
   * @param other what is done meanwhile
   */
  public static Suspension at(int action, Path leased, Runnable other) {
    return at(action, "", leased, other);
  }

  /** The same, counting only what changes files whose name ends so. */
  public static Suspension at(int action, String ending, Path leased, Runnable other) {
    Suspension suspension = new Suspension(action);
    HookedDisk.hook(
        (what, path) -> {
          if (CHANGES.contains(what)
              && path.getName().endsWith(ending)
              && suspension.left.decrementAndGet() == 0) {
            declareDead(leased);
            suspension.others = CompletableFuture.runAsync(other, task -> new Thread(task).start());
            suspension.others.join();
          }
        });
    return suspension;
  }

  /** Waits for the other, and ends it. @return whether it came to that */
  public boolean end() {
    others.join(); // a job may end while its suspended task does not
    HookedDisk.unhook();
    return left.get() <= 0;
  }

  private static void declareDead(Path leased) {
    Path lease = leased.resolve(LeaseFiles.DIRECTORY);
    if (!Files.exists(lease)) {
      return;
    }
    try (Stream<Path> files = Files.list(lease)) {
      List<Path> claims = files.filter(p -> p.toString().endsWith(".json")).toList();
      for (Path claim : claims) {
        ObjectMapper json = new ObjectMapper();
        ObjectNode holder = (ObjectNode) json.readTree(Files.readAllBytes(claim));
        holder.put("pid", 4_000_000_000L); // more than Linux has
        Files.writeString(claim, holder.toString());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

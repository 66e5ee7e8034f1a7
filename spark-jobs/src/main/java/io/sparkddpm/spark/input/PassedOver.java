package io.sparkddpm.spark.input;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a listing does not take: how many, and the first few with reasons. For one thread. */
public final class PassedOver {
  private static final int NAMED = 3;

  private final List<String> first = new ArrayList<>();
  private long count;

  /**
   * Counts a file or folder.
   *
   * @param reason what it is, such as "hidden"
   */
  public void add(String name, String reason) {
    if (first.size() < NAMED) {
      first.add(name.replaceAll("\\p{Cc}", "?") + " is " + reason);
    }
    count++;
  }

  /** Counts what another listing passed over, after this one's. */
  public void add(PassedOver other) {
    other.first.stream().limit(NAMED - first.size()).forEach(first::add);
    count += other.count;
  }

  /** How many. */
  public long count() {
    return count;
  }

  /**
   * The sentence that every command prints: "took 4 images, passed over 2 (.x is hidden; …)";
   * nothing where all was taken.
   *
   * @param place that was listed
   */
  public Optional<String> sentence(String place, long taken) {
    if (count == 0) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "%s: took %d image%s, passed over %d (%s%s)",
            place,
            taken,
            taken == 1 ? "" : "s",
            count,
            String.join("; ", first),
            count > first.size() ? "; …" : ""));
  }
}

package io.sparkddpm.bench;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Another program that does the same work, and prints its rates.
 *
 * @param command for the shell
 */
public record Peer(String command) {
  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
  private static final int TAIL = 400;

  /**
   * What a run of it gave.
   *
   * @param text all that it printed
   * @param peakBytes largest resident memory of one of its processes; 0 if unknown
   */
  public record Output(Peer peer, String text, long peakBytes) {
    /**
     * The largest number that {@code pattern} finds as its group 1.
     *
     * @throws UserException if it finds none
     */
    public double largest(Pattern pattern) {
      return pattern
          .matcher(text)
          .results()
          .mapToDouble(found -> Double.parseDouble(found.group(1)))
          .max()
          .orElseThrow(() -> peer.failed("printed nothing that matches " + pattern, text));
    }
  }

  /**
   * Runs it to its end.
   *
   * @throws UserException if it cannot be run or fails
   */
  public Output run() {
    Path output = null;
    try {
      output = Files.createTempFile("peer", ".out");
      Process process =
          new ProcessBuilder("sh", "-c", command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      long peak = 0;
      while (!process.waitFor(200, TimeUnit.MILLISECONDS)) {
        peak =
            Math.max(
                peak,
                Stream.concat(Stream.of(process.toHandle()), process.descendants())
                    .mapToLong(p -> peakBytes(Long.toString(p.pid())).orElse(0L))
                    .max()
                    .orElse(0));
      }
      String text = Files.readString(output, StandardCharsets.UTF_8);
      if (process.exitValue() != 0) {
        throw failed("ended with exit code " + process.exitValue(), text);
      }
      return new Output(this, text, peak);
    } catch (IOException e) {
      throw new UserException(e, "the peer cannot be run: %s", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the peer ran", e);
    } finally {
      delete(output);
    }
  }

  private UserException failed(String what, String text) {
    String tail = text.substring(Math.max(0, text.length() - TAIL)).strip();
    return new UserException("the peer '%s' %s; the end of its output: %s", command, what, tail);
  }

  private static void delete(Path file) {
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new UserException(e, "cannot delete %s: %s", file, e.getMessage());
      }
    }
  }

  /** Largest resident memory so far of this process, as the kernel says; empty elsewhere. */
  public static Optional<Long> ownPeakBytes() {
    return peakBytes("self");
  }

  /** Resident memory of this process now, as the kernel says; empty elsewhere. */
  public static Optional<Long> ownBytes() {
    return status("self", RESIDENT);
  }

  private static Optional<Long> peakBytes(String process) {
    return status(process, PEAK);
  }

  private static Optional<Long> status(String process, Pattern line) {
    try {
      Matcher matcher =
          line.matcher(
              Files.readString(Path.of("/proc", process, "status"), StandardCharsets.UTF_8));
      return matcher.find()
          ? Optional.of(Long.parseLong(matcher.group(1)) << 10)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}

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
 * Another program that trains and runs the same network, and prints its rates.
 *
 * @param command for the shell
 * @param training finds images/s of the training step in what it prints, as group 1
 * @param inference finds images/s of the forward pass, as group 1
 */
public record Peer(String command, Pattern training, Pattern inference) {
  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");
  private static final int TAIL = 400;

  /**
   * What a run of it gave.
   *
   * @param trainingRate images/s
   * @param inferenceRate images/s
   * @param peakBytes largest resident memory of one of its processes; 0 if unknown
   */
  public record Rates(double trainingRate, double inferenceRate, long peakBytes) {}

  /** Runs it to its end. */
  public Rates run() {
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
      return new Rates(find(training, text), find(inference, text), peak);
    } catch (IOException e) {
      throw new UserException(e, "the peer cannot be run: %s", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the peer ran", e);
    } finally {
      delete(output);
    }
  }

  private double find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw failed("printed nothing that matches " + pattern, text);
    }
    return Double.parseDouble(matcher.group(1));
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

  private static Optional<Long> peakBytes(String process) {
    try {
      Matcher matcher =
          PEAK.matcher(
              Files.readString(Path.of("/proc", process, "status"), StandardCharsets.UTF_8));
      return matcher.find()
          ? Optional.of(Long.parseLong(matcher.group(1)) << 10)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}

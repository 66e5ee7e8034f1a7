package io.sparkddpm.spark.cli;

import io.sparkddpm.error.UserException;
import io.sparkddpm.fid.network.InceptionBench;
import io.sparkddpm.fid.network.InceptionGraph;
import io.sparkddpm.fid.network.InceptionWeights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code bench-inception}: how fast features are taken on this machine. */
@Command(
    name = "bench-inception",
    description = {
      "Times the Inception network up to pool_3, one extractor a thread as tasks have it, resizing",
      "included. With --peer it runs another program in turn with itself and prints the ratios.",
      "Wants an otherwise idle machine."
    },
    mixinStandardHelpOptions = true)
final class BenchInceptionCommand implements Callable<Integer> {
  @ParentCommand private DdpmCommand ddpm;

  @Option(
      names = "--inception",
      paramLabel = "PB",
      required = true,
      description = "The network's file, classify_image_graph_def.pb.")
  private Path inception;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "Images that an extractor takes at once (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Extractors at the same time (default: all cores).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "8",
      description = "Batches of each extractor in a measurement (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--peer",
      paramLabel = "COMMAND",
      description = "Another program for the shell, run in turn with ours.")
  private Optional<String> peer = Optional.empty();

  @Option(
      names = "--peer-rates",
      paramLabel = "REGEX",
      defaultValue = "best ([0-9.]+) img/s, median ([0-9.]+)",
      description =
          "Finds the peer's best and median images/s, as groups 1 and 2; of several lines the"
              + " fastest counts (default: ${DEFAULT-VALUE}).")
  private Pattern rates;

  @Option(
      names = "--alternations",
      paramLabel = "N",
      defaultValue = "3",
      description = "How often both are run in turn (default: ${DEFAULT-VALUE}).")
  private int alternations;

  @Override
  public Integer call() {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(inception);
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", inception, e.getMessage());
    }
    try (InceptionWeights weights =
        new InceptionWeights(InceptionGraph.parse(bytes, inception.toString()))) {
      InceptionBench bench = new InceptionBench(weights, batch, threads);
      print("%d threads, batch %d, 11.42 GFLOP of convolutions an image", threads, batch);
      List<Double> ratios = new ArrayList<>();
      for (int i = 0; i < (peer.isPresent() ? alternations : 1); i++) {
        InceptionBench.Rates ours = bench.run(rounds);
        print(
            "ours: best %.2f images/s, median %.2f (%.0f GFLOP/s at best); resizing %.1f %% of the"
                + " time, mean and covariance %.1f %%",
            ours.best(),
            ours.median(),
            11.42 * ours.best(),
            100 * ours.resizeShare(),
            100 * ours.momentsShare());
        if (peer.isPresent()) {
          double[] theirs = theirs(peer.get());
          ratios.add(ours.median() / theirs[1]);
          print(
              "peer: best %.2f images/s, median %.2f; ratio of the best %.2f, of the medians %.2f",
              theirs[0], theirs[1], ours.best() / theirs[0], ours.median() / theirs[1]);
        }
      }
      if (!ratios.isEmpty()) {
        ratios.sort(null);
        print("median ratio %.2f", ratios.get(ratios.size() / 2));
      }
    }
    return Cli.OK;
  }

  /** The peer's fastest line. */
  private double[] theirs(String command) {
    String text;
    try {
      Process process = new ProcessBuilder("bash", "-c", command).redirectErrorStream(true).start();
      text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (code != 0) {
        throw new UserException("the peer ended with %d: %s", code, text);
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot run the peer: %s", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the peer ran", e);
    }
    double[] fastest = null;
    for (Matcher m = rates.matcher(text); m.find(); ) {
      double[] line = {Double.parseDouble(m.group(1)), Double.parseDouble(m.group(2))};
      fastest = fastest == null || line[1] > fastest[1] ? line : fastest;
    }
    if (fastest == null) {
      throw new UserException("the peer's output does not match '%s': %s", rates, text);
    }
    return fastest;
  }

  private void print(String format, Object... args) {
    ddpm.terminal().out().println(String.format(Locale.ROOT, format, args));
    ddpm.terminal().out().flush();
  }
}

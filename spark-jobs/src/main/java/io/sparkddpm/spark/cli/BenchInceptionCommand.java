package io.sparkddpm.spark.cli;

import io.sparkddpm.bench.Peer;
import io.sparkddpm.bench.Ratios;
import io.sparkddpm.error.UserException;
import io.sparkddpm.statistics.inception.InceptionBench;
import io.sparkddpm.statistics.inception.InceptionEngine;
import io.sparkddpm.statistics.inception.InceptionGraph;
import io.sparkddpm.statistics.inception.InceptionWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code bench-inception}: how fast features are taken on this machine. */
@Command(
    name = "bench-inception",
    description = {
      "Benchmarks the Inception network up to pool_3; writes no artefact.",
      "Each thread has an extractor of its own, as tasks have; resizing is included. With --peer it"
          + " runs another program in turn with itself and prints the ratios. Needs an otherwise"
          + " idle machine."
    },
    mixinStandardHelpOptions = true)
final class BenchInceptionCommand implements Callable<Integer> {
  private static final double MEBI = 1 << 20;

  @ParentCommand private DdpmCommand ddpm;
  @Mixin private ConfigOptions configuration;

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
      description = "Another program, a command for the shell, that is run in turn with this one.")
  private Optional<String> peer = Optional.empty();

  @Option(
      names = "--peer-best",
      paramLabel = "REGEX",
      defaultValue = "best ([0-9.]+) img/s",
      description =
          "Finds the peer's images/s at best, as group 1; of several the largest counts (default:"
              + " ${DEFAULT-VALUE}).")
  private Pattern peerBest;

  @Option(
      names = "--peer-median",
      paramLabel = "REGEX",
      defaultValue = "median ([0-9.]+)",
      description =
          "Finds the peer's median images/s, as group 1; of several the largest counts (default:"
              + " ${DEFAULT-VALUE}).")
  private Pattern peerMedian;

  @Option(
      names = "--alternations",
      paramLabel = "N",
      defaultValue = "3",
      description = "Number of turns (default: ${DEFAULT-VALUE}).")
  private int alternations;

  @Override
  public Integer call() {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(inception);
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", inception, e.getMessage());
    }
    InceptionEngine engine = configuration.resolve("bench-inception").inceptionEngine();
    try (InceptionWeights weights =
        engine.load(InceptionGraph.parse(bytes, inception.toString()))) {
      InceptionBench bench = new InceptionBench(weights, batch, threads);
      print(
          "engine %s, %d threads, batch %d, 11.42 GFLOP of convolutions an image",
          engine.name(), threads, batch);
      Ratios best = new Ratios();
      Ratios median = new Ratios();
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
          Peer.Output output = new Peer(peer.get()).run();
          double theirBest = output.largest(peerBest);
          double theirMedian = output.largest(peerMedian);
          print(
              "peer: best %.2f images/s, median %.2f; ratio of the best %.2f, of the medians %.2f;"
                  + " peak memory %s against %.0f MiB",
              theirBest,
              theirMedian,
              best.add(ours.best(), theirBest),
              median.add(ours.median(), theirMedian),
              ownPeak(),
              output.peakBytes() / MEBI);
        }
      }
      if (peer.isPresent()) {
        print("median ratio: best %.2f, medians %.2f", best.median(), median.median());
      }
    }
    return Cli.OK;
  }

  private static String ownPeak() {
    return Peer.ownPeakBytes()
        .map(b -> String.format(Locale.ROOT, "%.0f MiB", b / MEBI))
        .orElse("unknown");
  }

  private void print(String format, Object... args) {
    ddpm.terminal().print(format, args);
  }
}

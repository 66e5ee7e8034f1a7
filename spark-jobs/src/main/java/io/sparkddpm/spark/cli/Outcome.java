package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.pipeline.Pipeline;
import io.sparkddpm.spark.session.Durations;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The lines that a pipeline prints at its end. */
final class Outcome {
  private Outcome() {}

  static List<String> of(Pipeline.Result result) {
    List<String> lines = new ArrayList<>();
    result.warnings().forEach(w -> lines.add("warning: " + w));
    for (Pipeline.Measured measured : result.measured()) {
      measured.distance().warnings().forEach(w -> lines.add("warning: " + w));
      lines.add(measured.weights() + ": " + measured.distance().summary());
      measured
          .testDistance()
          .ifPresent(d -> lines.add(measured.weights() + ", unseen images: " + d.summary()));
    }
    Pipeline.Measured first = result.measured().get(0);
    double seconds = result.seconds().values().stream().mapToDouble(s -> s).sum();
    lines.add("done in " + Durations.text(seconds));
    result.lossPlot().ifPresent(plot -> lines.add("  loss curve       " + place(plot)));
    lines.add("  sample grid      " + place(first.samples().grid()));
    first.samples().strip().ifPresent(s -> lines.add("  denoising strip  " + place(s)));
    lines.add("  report           " + place(result.report()));
    return lines;
  }

  /** Local files as paths, which terminals and shells understand. */
  private static String place(URI uri) {
    return "file".equals(uri.getScheme()) ? Path.of(uri.getPath()).toString() : uri.toString();
  }
}

package io.sparkddpm.spark.cli;

import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.RunStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code status}: how far a run is. */
@Command(
    name = "status",
    description =
        "Shows how far a run is: steps, loss, speed, time left, checkpoints, and who trains it.",
    mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
  @ParentCommand private DdpmCommand ddpm;
  @Mixin private SparkOptions spark;

  @Parameters(paramLabel = "RUN", description = "The run's directory, on any file system.")
  private String run;

  @Override
  public Integer call() {
    Configuration conf = spark.hadoopConfiguration();
    RunStatus status = RunStatus.of(conf, Locations.parse(conf, run));
    lines(status).forEach(ddpm.terminal().out()::println);
    return Cli.OK;
  }

  /** A line for each fact, its name first. */
  static List<String> lines(RunStatus status) {
    List<String> lines = new ArrayList<>();
    lines.add(
        line(
            "step",
            "%d of %d%s%s",
            status.step(),
            status.steps(),
            status.steps() == 0 ? "" : percent(100.0 * status.step() / status.steps()),
            status.isDone() ? ", done" : ""));
    status.metrics().ifPresent(metrics -> lines.addAll(progress(metrics)));
    if (!status.isDone()) {
      status.timeLeft().ifPresent(left -> lines.add(line("time left", "about %s", text(left))));
    }
    lines.add(line("checkpoint", "step %d, %d kept", status.checkpoint(), status.checkpoints()));
    if (status.holders().isEmpty()) {
      String resume = status.isDone() ? "" : "; its command resumes it";
      lines.add(line("trained by", "nobody now%s", resume));
    }
    status.holders().forEach(holder -> lines.add(line("trained by", "%s", holder)));
    return lines;
  }

  private static String percent(double done) {
    return String.format(Locale.ROOT, " (%.1f %%)", done);
  }

  private static List<String> progress(TrainingMetrics metrics) {
    boolean isTimed = metrics.lossByQuarter().stream().anyMatch(Double::isFinite);
    String quarters =
        metrics.lossByQuarter().stream()
            .map(q -> String.format(Locale.ROOT, "%.4f", q))
            .collect(Collectors.joining(" "));
    return List.of(
        line(
            "loss",
            "%.4f%s",
            metrics.loss(),
            isTimed ? " (squared error by quarter of t: " + quarters + ")" : ""),
        line("speed", "%.1f examples/s", metrics.imagesPerSecond()));
  }

  private static String line(String name, String format, Object... values) {
    return String.format(Locale.ROOT, "%-11s", name) + String.format(Locale.ROOT, format, values);
  }

  private static String text(Duration time) {
    if (time.toHours() > 0) {
      return String.format(Locale.ROOT, "%d h %02d min", time.toHours(), time.toMinutesPart());
    }
    return time.toMinutes() > 0 ? time.toMinutes() + " min" : time.toSeconds() + " s";
  }
}

package io.sparkddpm.spark.pipeline;

import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/** Updates everything that follows from the records of the nights. */
final class NightPublication {
  private final Configuration conf;
  private final NightFiles files;
  private final NightRetention retention;
  private final Lease lease;

  NightPublication(Configuration conf, NightFiles files, NightRetention retention, Lease lease) {
    this.conf = conf;
    this.files = files;
    this.retention = retention;
    this.lease = lease;
  }

  /**
   * Publishes.
   *
   * @param name of the night to report
   * @param repeated whether it was done already
   * @throws DistanceWorsenedException if its distance is too large
   */
  Nightly.Result publish(String name, boolean repeated) {
    List<NightRecord> nights = files.done();
    lease.check();
    files.writeHistory(nights);
    retention.retain(nights, lease);
    NightRecord last = nights.get(nights.size() - 1);
    NightRecord now = nights.stream().filter(n -> n.night().equals(name)).findFirst().orElse(last);
    URI report = files.place("report.html");
    List<TrainingMetrics> metrics = Checkpoints.metrics(conf, files.place("run"));
    byte[] page = new NightlyReport(files, nights, metrics).page();
    lease.check();
    files.write(report, page);
    String distance = distance(now);
    if (now.worse()) {
      throw new DistanceWorsenedException(
          String.format(
              Locale.ROOT,
              "night %s: %s is more than %s %% worse than %s; see %s",
              now.night(),
              distance,
              percent(Double.parseDouble(now.config().get("nightly.margin"))),
              now.config().get("nightly.against").equals("best")
                  ? "the best night"
                  : "the night before",
              report));
    }
    List<String> summary = new ArrayList<>();
    summary.add(
        String.format(
            Locale.ROOT,
            "night %s%s: %d steps to step %d, %d images (%d new)",
            now.night(),
            repeated ? " (was done already)" : "",
            now.step() - now.firstStep(),
            now.step(),
            now.images(),
            now.newImages()));
    summary.add(distance);
    return new Nightly.Result(now.night(), repeated, summary, now.warnings(), report);
  }

  private static String distance(NightRecord night) {
    return String.format(
        Locale.ROOT, "%s %.4f over %d samples", night.metric(), night.distance(), night.samples());
  }

  static String percent(double part) {
    return BigDecimal.valueOf(100 * part)
        .setScale(2, RoundingMode.HALF_UP)
        .stripTrailingZeros()
        .toPlainString();
  }
}

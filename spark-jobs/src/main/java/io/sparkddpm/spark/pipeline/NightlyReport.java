package io.sparkddpm.spark.pipeline;

import io.sparkddpm.artifact.SoftwareVersion;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.report.HtmlReport;
import io.sparkddpm.spark.report.SvgChart;
import io.sparkddpm.spark.session.Durations;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** The page of a nightly run: the last night first, then all of them. */
final class NightlyReport {
  /** The first of a night's samples, in a file next to its record. */
  static final String GRID = "grid.png";

  private static final int GRIDS = 4;
  private static final int ROWS = 30;

  private final NightFiles files;
  private final List<NightRecord> nights;
  private final List<TrainingMetrics> metrics;

  /**
   * @param nights that are done, at least one
   * @param metrics of the run, over all nights
   */
  NightlyReport(NightFiles files, List<NightRecord> nights, List<TrainingMetrics> metrics) {
    this.files = files;
    this.nights = nights;
    this.metrics = metrics;
  }

  /** HTML, UTF-8. */
  byte[] page() {
    NightRecord now = nights.get(nights.size() - 1);
    HtmlReport page =
        new HtmlReport("Night " + now.night(), lead(now))
            .facts(facts(now))
            .list("Warnings", "warn", now.warnings())
            .svg(now.metric() + " over the nights", distances(now), distanceCaption())
            .gallery("Samples, the same noise every night", grids());
    if (metrics.stream().anyMatch(m -> m.loss() > 0)) {
      page.svg("Loss", losses(), "Mean squared error of the prediction; each mark begins a night.");
    }
    if (nights.stream().anyMatch(n -> Double.isFinite(n.imagesPerSecond()))) {
      page.svg(
          "Training speed over the nights",
          speeds(),
          "Images a second in training, of all executors together.");
    }
    List<List<String>> changes = changes();
    return page.table("Nights", table(), "The latest first; history.jsonl has all.")
        .table("What changed from night to night", changes, changesCaption(changes))
        .table("Time", times(now), "Of the attempt that ended the night.")
        .folded("Configuration", ConfigText.render(now.config()))
        .toHtml();
  }

  private String lead(NightRecord now) {
    return String.format(
        Locale.ROOT,
        "Night %d, steps %,d to %,d, begun %s, ended %s; spark-ddpm %s",
        now.number(),
        now.firstStep(),
        now.step(),
        now.begun().toString().substring(0, 16) + "Z",
        now.ended().toString().substring(0, 16) + "Z",
        SoftwareVersion.CURRENT);
  }

  private Map<String, String> facts(NightRecord now) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(now.metric(), number("%.4g", now.distance()));
    NightRecord before = nights.size() > 1 ? nights.get(nights.size() - 2) : null;
    if (before != null && before.comparable().equals(now.comparable())) {
      double change = 100 * (now.distance() / before.distance() - 1);
      facts.put("against the night before", number("%+.1f %%", change));
    }
    facts.put("mean loss", number("%.4f", now.loss()));
    facts.put("images/s in training", number("%.1f", now.imagesPerSecond()));
    facts.put("images", String.format(Locale.ROOT, "%,d (+%,d)", now.images(), now.newImages()));
    return facts;
  }

  private static String number(String format, double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "–";
  }

  private String distances(NightRecord now) {
    List<SvgChart.Point> points = new ArrayList<>();
    for (NightRecord n : nights) {
      if (n.comparable().equals(now.comparable())) {
        points.add(new SvgChart.Point(n.number(), n.distance(), n.low(), n.high(), n.night()));
      }
    }
    return new SvgChart("night", now.metric()).line(points, true).toSvg();
  }

  private String speeds() {
    List<SvgChart.Point> points = new ArrayList<>();
    for (NightRecord n : nights) {
      if (Double.isFinite(n.imagesPerSecond())) {
        points.add(
            new SvgChart.Point(n.number(), n.imagesPerSecond(), Double.NaN, Double.NaN, n.night()));
      }
    }
    return new SvgChart("night", "images/s").line(points, true).toSvg();
  }

  private String distanceCaption() {
    return "Lower is better. Bars: 95 % intervals. Only nights that may be compared with the last:"
        + " the same network, reference, number of samples and sampler.";
  }

  private String losses() {
    List<SvgChart.Point> points = new ArrayList<>();
    for (TrainingMetrics m : metrics) {
      if (m.loss() > 0 && Double.isFinite(m.loss())) {
        points.add(SvgChart.Point.of(m.step(), m.loss()));
      }
    }
    SvgChart chart = new SvgChart("step", "loss, logarithmic").logarithmic().line(points, false);
    nights.forEach(n -> chart.mark(n.firstStep(), n.night()));
    return chart.toSvg();
  }

  /** The last nights, and the best where it is none of them. */
  private Map<String, byte[]> grids() {
    List<NightRecord> shown =
        new ArrayList<>(nights.subList(Math.max(0, nights.size() - GRIDS), nights.size()));
    NightRecord best = NightRetention.best(nights).orElseThrow();
    if (!shown.contains(best)) {
      shown.set(0, best);
    }
    Map<String, byte[]> grids = new LinkedHashMap<>();
    for (NightRecord n : shown) {
      String caption =
          String.format(
              Locale.ROOT,
              "%s%s: %s %.4g",
              n.night(),
              n.equals(best) ? " (best)" : "",
              n.metric(),
              n.distance());
      files.read(files.ofNight(n.night(), GRID)).ifPresent(png -> grids.put(caption, png));
    }
    return grids;
  }

  private List<List<String>> table() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "night",
            "distance",
            "interval",
            "steps",
            "loss",
            "images/s",
            "images",
            "new",
            "time",
            "verdict"));
    for (int i = nights.size() - 1; i >= Math.max(0, nights.size() - ROWS); i--) {
      NightRecord n = nights.get(i);
      double seconds = n.seconds().values().stream().mapToDouble(s -> s).sum();
      rows.add(
          List.of(
              n.night(),
              n.metric() + " " + number("%.4f", n.distance()),
              number("%.4f", n.low()) + " to " + number("%.4f", n.high()),
              String.format(Locale.ROOT, "%,d", n.step() - n.firstStep()),
              number("%.4f", n.loss()),
              number("%.1f", n.imagesPerSecond()),
              String.format(Locale.ROOT, "%,d", n.images()),
              String.format(Locale.ROOT, "%,d", n.newImages()),
              Durations.text(seconds),
              n.worse() ? "worse" : "ok"));
    }
    return rows;
  }

  /** In data and configuration, the latest first. */
  private List<List<String>> changes() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("night", "what", "before", "then"));
    for (int i = nights.size() - 1; i >= Math.max(1, nights.size() - ROWS); i--) {
      addChanges(rows, nights.get(i - 1), nights.get(i));
    }
    return rows;
  }

  private static void addChanges(List<List<String>> rows, NightRecord before, NightRecord now) {
    String night = now.night();
    if (before.images() != now.images()) {
      rows.add(
          List.of(
              night,
              "images",
              String.format(Locale.ROOT, "%,d", before.images()),
              String.format(Locale.ROOT, "%,d", now.images())));
    }
    TreeSet<String> keys = new TreeSet<>(before.config().keySet());
    keys.addAll(now.config().keySet());
    boolean configured = false;
    for (String key : keys) {
      String was = before.config().getOrDefault(key, "–");
      String is = now.config().getOrDefault(key, "–");
      if (!was.equals(is)) {
        rows.add(List.of(night, key, was, is));
        configured = true;
      }
    }
    if (!configured && !before.comparable().equals(now.comparable())) {
      rows.add(List.of(night, "the network's file or the reference", "another", "this"));
    }
  }

  private static String changesCaption(List<List<String>> changes) {
    return changes.size() > 1
        ? "In data and configuration, the latest first."
        : "Nothing, in data or configuration.";
  }

  private static List<List<String>> times(NightRecord now) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("stage", "time"));
    for (String stage : List.of("shard", "train", "reference-stats", "sample", "fid")) {
      Double s = now.seconds().get(stage);
      if (s != null) {
        rows.add(List.of(stage, Durations.text(s)));
      }
    }
    return rows;
  }
}

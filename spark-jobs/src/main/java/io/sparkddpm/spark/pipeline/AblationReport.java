package io.sparkddpm.spark.pipeline;

import io.sparkddpm.artifact.SoftwareVersion;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.diffusion.BoundEstimate;
import io.sparkddpm.diffusion.BoundProfile;
import io.sparkddpm.spark.evaluation.bound.EvaluationResult;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.report.BoundPlots;
import io.sparkddpm.spark.report.HtmlReport;
import io.sparkddpm.spark.report.PointsPlot;
import io.sparkddpm.spark.store.PlainFile;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;

/** What an ablation's report shows. */
final class AblationReport {
  private static final String BITS = "bits/dim";

  private final Configuration conf;
  private final List<String> axes;
  private final SortedMap<String, String> set;

  /**
   * @param axes what was varied
   * @param set the keys that all have in common
   */
  AblationReport(Configuration conf, List<String> axes, SortedMap<String, String> set) {
    this.conf = conf;
    this.axes = axes;
    this.set = set;
  }

  /** Writes the page. */
  void write(URI file, List<Ablation.Row> rows) {
    PlainFile.write(conf, file, page(rows));
  }

  private byte[] page(List<Ablation.Row> rows) {
    String metric = rows.get(0).distance().metric();
    Map<String, double[]> points = new LinkedHashMap<>();
    Map<String, BoundProfile> bounds = new LinkedHashMap<>();
    Map<String, byte[]> grids = new LinkedHashMap<>();
    for (Ablation.Row row : rows) {
      points.put(row.name(), new double[] {row.bits().mean(), row.distance().distance()});
      bounds.put(row.name(), row.evaluation().sets().get(0).bound());
      grids.put(row.name(), PlainFile.read(conf, row.samples().grid()));
    }
    return new HtmlReport("Ablation", lead(rows))
        .table("Results", table(rows), caption(rows))
        .image(
            "Distance and bits",
            PointsPlot.png("Distance and bits per dimension", BITS, metric, points),
            HtmlReport.Scale.NATURAL,
            "Lower is better on both axes.")
        .image(
            "Terms of the bound",
            BoundPlots.terms(bounds),
            HtmlReport.Scale.NATURAL,
            "On the training set, by timestep.")
        .image(
            "Rate and distortion",
            BoundPlots.rateDistortion(bounds),
            HtmlReport.Scale.NATURAL,
            "On the training set; Ho et al. 2020, figure 5.")
        .gallery("Samples", grids)
        .folded("What is varied", String.join("\n", axes))
        .folded("What all have in common", ConfigText.render(set))
        .toHtml();
  }

  private static String lead(List<Ablation.Row> rows) {
    return String.format(
        Locale.ROOT,
        "%d settings of %,d steps each; spark-ddpm %s",
        rows.size(),
        rows.stream().mapToLong(row -> row.training().step()).max().orElseThrow(),
        SoftwareVersion.CURRENT);
  }

  private static List<List<String>> table(List<Ablation.Row> rows) {
    List<List<String>> table = new ArrayList<>();
    List<String> head = new ArrayList<>();
    for (int axis = 1; axis <= rows.get(0).names().size(); axis++) {
      head.add("axis " + axis);
    }
    head.addAll(List.of("steps", rows.get(0).distance().metric(), BITS, "test " + BITS));
    table.add(head);
    for (Ablation.Row row : rows) {
      List<String> line = new ArrayList<>(row.names());
      line.add(Long.toString(row.training().step()));
      line.add(distance(row.distance()));
      line.add(bits(row.bits()));
      line.add(row.testBits().map(AblationReport::bits).orElse(""));
      table.add(line);
    }
    return table;
  }

  private static String distance(FidResult distance) {
    return String.format(Locale.ROOT, "%.5g", distance.distance())
        + distance
            .interval()
            .map(i -> String.format(Locale.ROOT, " (%.5g to %.5g)", i.low(), i.high()))
            .orElse("");
  }

  private static String bits(BoundEstimate bits) {
    return String.format(Locale.ROOT, "%.4f (%.4f to %.4f)", bits.mean(), bits.low(), bits.high());
  }

  private static String caption(List<Ablation.Row> rows) {
    Ablation.Row first = rows.get(0);
    EvaluationResult evaluation = first.evaluation();
    String caption =
        String.format(
            Locale.ROOT,
            "Lower is better. Weights %s. Distances of %d samples, bits of %d images at %d of %d"
                + " timesteps, both with 95 %% intervals.",
            evaluation.weights(),
            first.samples().images(),
            evaluation.sets().get(0).images(),
            evaluation.measured(),
            evaluation.timesteps());
    return caption + " " + String.join(" ", first.distance().warnings());
  }
}

package io.sparkddpm.spark.pipeline;

import io.sparkddpm.artifact.SoftwareVersion;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.report.HtmlReport;
import io.sparkddpm.spark.session.Durations;
import io.sparkddpm.spark.store.PlainFile;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/** What a pipeline's report shows. */
final class PipelineReport {
  private final Configuration conf;
  private final DdpmConfig config;

  PipelineReport(Configuration conf, DdpmConfig config) {
    this.conf = conf;
    this.config = config;
  }

  /** Writes the page. */
  void write(URI file, String title, Pipeline.Result result) {
    PlainFile.write(conf, file, page(title, result));
  }

  private byte[] page(String title, Pipeline.Result result) {
    Pipeline.Measured first = result.measured().get(0);
    HtmlReport report =
        new HtmlReport(title, lead(result))
            .facts(facts(result))
            .image(
                "Samples",
                PlainFile.read(conf, first.samples().grid()),
                HtmlReport.Scale.PIXELS,
                how(first) + ", the first of " + first.samples().images() + " images")
            .image(
                "Denoising",
                PlainFile.read(conf, first.samples().strip().orElseThrow()),
                HtmlReport.Scale.PIXELS_WIDE,
                "One image on its way from noise: x_t above, the x0 that the network sees in it"
                    + " below.");
    result
        .lossPlot()
        .ifPresent(
            plot ->
                report.image(
                    "Loss",
                    PlainFile.read(conf, plot),
                    HtmlReport.Scale.NATURAL,
                    "Mean squared error of the prediction, by step."));
    return report
        .table("Distances", distances(result), "Lower is better. " + warnings(result))
        .table("Time", times(result), "Stages that were done before take next to nothing.")
        .folded("Configuration", ConfigText.render(config))
        .toHtml();
  }

  private static String lead(Pipeline.Result result) {
    return String.format(
        Locale.ROOT,
        "Step %,d of a run on %,d images; spark-ddpm %s",
        result.training().step(),
        result.dataset().images(),
        SoftwareVersion.CURRENT);
  }

  private Map<String, String> facts(Pipeline.Result result) {
    Map<String, String> facts = new LinkedHashMap<>();
    Pipeline.Measured first = result.measured().get(0);
    facts.put(
        first.distance().metric(), String.format(Locale.ROOT, "%.4g", first.distance().distance()));
    result
        .training()
        .metrics()
        .ifPresent(
            m -> {
              facts.put("loss", String.format(Locale.ROOT, "%.4f", m.loss()));
              facts.put(
                  "images/s in training", String.format(Locale.ROOT, "%.1f", m.imagesPerSecond()));
            });
    facts.put(
        "parameters",
        String.format(Locale.ROOT, "%,d", NetworkFacts.of(config.model()).parameters()));
    return facts;
  }

  private String how(Pipeline.Measured measured) {
    return String.format(
        Locale.ROOT,
        "Weights %s, %s sampling in %s steps",
        measured.weights(),
        ConfigBinder.type(config.sample().solver()),
        config.sample().steps() == 0 ? "all" : Integer.toString(config.sample().steps()));
  }

  private static List<List<String>> distances(Pipeline.Result result) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("weights", "metric", "distance", "samples", "against"));
    for (Pipeline.Measured m : result.measured()) {
      rows.add(row(m.weights(), m.distance(), "training"));
      m.testDistance().ifPresent(d -> rows.add(row(m.weights(), d, "test")));
    }
    return rows;
  }

  private static List<String> row(String weights, FidResult distance, String images) {
    return List.of(
        weights,
        distance.metric(),
        String.format(Locale.ROOT, "%.5g", distance.distance()),
        Long.toString(distance.samples().images()),
        distance.reference().images() + " " + images + " images");
  }

  private static String warnings(Pipeline.Result result) {
    return String.join(" ", result.measured().get(0).distance().warnings());
  }

  private static List<List<String>> times(Pipeline.Result result) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("stage", "time"));
    result.seconds().forEach((stage, s) -> rows.add(List.of(stage, Durations.text(s))));
    return rows;
  }
}

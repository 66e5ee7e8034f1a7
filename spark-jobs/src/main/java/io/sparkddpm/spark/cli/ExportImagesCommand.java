package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.evaluation.export.ImageExportJob;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code export-images}: images for other programs. */
@Command(
    name = "export-images",
    description = "Writes samples, a dataset or any other images in a format of other programs.",
    mixinStandardHelpOptions = true)
final class ExportImagesCommand extends JobCommand {
  @Option(
      names = "--input",
      paramLabel = "URI",
      required = true,
      description = "Samples, a dataset, or images as for fid.")
  private String input;

  @Option(names = "--output", paramLabel = "URI", required = true, description = "A new directory.")
  private String output;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      required = true,
      completionCandidates = Formats.class,
      description = "What to write: ${COMPLETION-CANDIDATES}.")
  private String format;

  /** Names of all formats. */
  private static final class Formats implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ImageExportJob.formats().iterator();
    }
  }

  @Override
  String name() {
    return "export-images";
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("images of", input);
    plan.put("to", output + " as " + format);
    return plan;
  }

  @Override
  void run(Run run) {
    ImageExportJob.Result result =
        ImageExportJob.on(run.session())
            .input(run.images(input))
            .output(run.uri(output))
            .format(format)
            .progress(run.progress())
            .run();
    result.warnings().forEach(w -> print("warning: " + w));
    print(
        String.format(
            Locale.ROOT, "%s: %d images as %s", result.output(), result.images(), format));
  }
}

package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.evaluation.export.FileExportJob;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code export-files}: samples as files. */
@Command(
    name = "export-files",
    description =
        "Writes each sample as a file of its own, such as PLY for points, in folders of classes.",
    mixinStandardHelpOptions = true)
final class ExportFilesCommand extends JobCommand {
  @Option(names = "--input", paramLabel = "URI", required = true, description = "Samples.")
  private String input;

  @Option(names = "--output", paramLabel = "URI", required = true, description = "A new directory.")
  private String output;

  @Override
  String name() {
    return "export-files";
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("files of", input);
    plan.put("to", output);
    return plan;
  }

  @Override
  void run(Run run) {
    FileExportJob.Result result =
        FileExportJob.on(run.session())
            .input(run.uri(input))
            .output(run.uri(output))
            .progress(run.progress())
            .run();
    print(String.format(Locale.ROOT, "%s: %d files", result.output(), result.files()));
  }
}

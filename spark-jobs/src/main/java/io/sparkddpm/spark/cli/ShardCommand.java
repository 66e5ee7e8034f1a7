package io.sparkddpm.spark.cli;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.RecordSources;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code shard}: images become a dataset. */
@Command(
    name = "shard",
    description = "Makes a dataset of Parquet shards from images.",
    mixinStandardHelpOptions = true)
final class ShardCommand extends JobCommand {
  private static final int SHOWN_DIGITS = 16;

  @Mixin private FormatOption format;

  @Option(
      names = "--input",
      paramLabel = "URI",
      required = true,
      arity = "1..*",
      description =
          "Files or folders of the format; with --format table a query, such as 'SELECT …', or the"
              + " name of a table.")
  private List<String> inputs;

  @Option(
      names = "--output",
      paramLabel = "URI",
      required = true,
      description = "Directory of the dataset.")
  private String output;

  @Option(
      names = "--image-size",
      paramLabel = "N",
      description = "Height and width of the images, in pixels.")
  private Optional<Integer> imageSize = Optional.empty();

  @Option(
      names = "--image-column",
      paramLabel = "NAME",
      description = "Column of the images, where there are several.")
  private Optional<String> imageColumn = Optional.empty();

  @Option(
      names = "--label-column",
      paramLabel = "NAME",
      description = "Column of the labels, where there are several; none: no labels.")
  private Optional<String> labelColumn = Optional.empty();

  @Option(
      names = "--id-column",
      paramLabel = "NAME",
      description = "Column that identifies a table's rows; without it their content does.")
  private Optional<String> idColumn = Optional.empty();

  @Override
  String name() {
    return "shard";
  }

  @Override
  List<String> ownKeys() {
    List<String> keys = new ArrayList<>(format.keys());
    imageSize.ifPresent(n -> keys.add("shard.image-size=" + n));
    imageColumn.ifPresent(c -> keys.add("shard.format.image-column=" + c));
    labelColumn.ifPresent(c -> keys.add("shard.format.label-column=" + c));
    idColumn.ifPresent(c -> keys.add("shard.format.id-column=" + c));
    return keys;
  }

  @Override
  void check(ConfigOptions.Resolved resolved) {
    resolved.config().shard().refuseIgnored(resolved.set().keySet());
    inputs.forEach(this::refuseFormat);
  }

  /** Other commands take a format before a place. */
  private void refuseFormat(String input) {
    int colon = input.indexOf(':');
    if (colon > 0 && RecordSources.names().contains(input.substring(0, colon))) {
      throw new UserException(
          "--input %s: here the format is an option of its own: --format %s --input %s",
          input, input.substring(0, colon), input.substring(colon + 1));
    }
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("shard", String.join(", ", inputs));
    plan.put("to", output);
    return plan;
  }

  @Override
  void run(Run run) {
    ShardJob job =
        ShardJob.on(run.session())
            .output(run.uri(output))
            .config(run.config().shard())
            .progress(run.progress());
    boolean tables = run.config().shard().takesTables();
    ShardJob.Result result = (tables ? job.tables(inputs) : job.inputs(run.uris(inputs))).run();
    result.warnings().forEach(w -> print("warning: " + w));
    result.badImages().forEach(bad -> print("left out: " + bad));
    print(
        String.format(
            Locale.ROOT,
            "%s: %d %s in %d shards%s, fingerprint %s%s",
            result.dataset(),
            result.images(),
            run.config().shard().format().medium().plural(),
            result.shards(),
            result.skipped() ? " (were there already)" : "",
            result.fingerprint(),
            result.content().map(c -> ", content " + c.substring(0, SHOWN_DIGITS)).orElse("")));
  }
}

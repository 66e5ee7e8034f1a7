package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.pipeline.NetworkFacts;
import io.sparkddpm.spark.pipeline.Training;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code import}: weights from other programs become the start of a run. */
@Command(
    name = "import",
    description = {
      "Begins a run with weights from a file of named tensors in PyTorch's layout.",
      "'train' with the same configuration continues from there."
    },
    mixinStandardHelpOptions = true)
final class ImportCommand extends JobCommand {
  @Option(
      names = "--weights",
      paramLabel = "FILE",
      required = true,
      description = "A .safetensors or .npz file with the tensors that 'export' writes.")
  private String weights;

  @Option(
      names = "--dataset",
      paramLabel = "URI",
      required = true,
      description = "Dataset that the run will train on.")
  private String dataset;

  @Option(
      names = "--run",
      paramLabel = "URI",
      required = true,
      description = "Directory of the new run.")
  private String directory;

  @Override
  String name() {
    return "import";
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("weights from", weights);
    plan.put("run", directory);
    plan.putAll(NetworkFacts.of(config.model()).toMap());
    return plan;
  }

  @Override
  void run(Run run) {
    Checkpoint first =
        Training.job(run.session(), run.config(), run.uri(dataset), run.uri(directory))
            .begin(run.uri(weights));
    print(first + ": begun with " + weights);
  }
}

package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.pipeline.NetworkFacts;
import io.sparkddpm.spark.pipeline.Training;
import io.sparkddpm.spark.training.job.TrainJob;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code train}: a dataset becomes a run. */
@Command(
    name = "train",
    description = {
      "Trains a network on a dataset.",
      "Resumes from the run's latest whole checkpoint, if there is one."
    },
    mixinStandardHelpOptions = true)
class TrainCommand extends JobCommand {
  @Option(
      names = "--dataset",
      paramLabel = "URI",
      required = true,
      description = "Dataset that 'shard' made.")
  private String dataset;

  @Option(
      names = "--run",
      paramLabel = "URI",
      required = true,
      description = "Directory of the run; made where there is none.")
  private String directory;

  @Override
  String name() {
    return "train";
  }

  @Override
  void check(ConfigOptions.Resolved resolved) {
    Training.refuseIgnored(resolved.config(), resolved.set().keySet());
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("train on", dataset);
    plan.put("run", directory);
    plan.putAll(NetworkFacts.of(config.model()).toMap());
    return plan;
  }

  @Override
  void run(Run run) {
    TrainJob.Result result =
        Training.job(run.session(), run.config(), run.uri(dataset), run.uri(directory))
            .progress(run.progress())
            .run();
    result
        .metrics()
        .ifPresent(
            m ->
                print(
                    String.format(
                        Locale.ROOT,
                        "loss %.5f, the mean of %d steps up to step %d",
                        m.loss(),
                        run.config().training().metricsEvery(),
                        m.step())));
    print(
        String.format(
            Locale.ROOT,
            "%s: step %d, checkpoint %s",
            result.run(),
            result.step(),
            result.checkpoint()));
  }
}

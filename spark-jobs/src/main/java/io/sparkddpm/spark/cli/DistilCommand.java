package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.pipeline.Distillation;
import io.sparkddpm.spark.pipeline.NetworkFacts;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code distil}: a run becomes runs whose networks draw in ever fewer steps. */
@Command(
    name = "distil",
    description = {
      "Teaches a trained network to draw in few steps: each stage halves them.",
      "Stages are runs, with the settings of the run that they begin with but for those given;"
          + " finished ones are kept, an interrupted one resumes."
    },
    mixinStandardHelpOptions = true)
final class DistilCommand extends JobCommand {
  @Option(
      names = "--from",
      paramLabel = "URI",
      required = true,
      description =
          "The teacher: a run, for its latest whole checkpoint, or a checkpoint. It predicts v or"
              + " x0.")
  private String from;

  @Option(
      names = "--dataset",
      paramLabel = "URI",
      required = true,
      description = "Dataset that the stages train on, best the teacher's.")
  private String dataset;

  @Option(
      names = "--run",
      paramLabel = "URI",
      required = true,
      description = "Directory of the stages' runs, steps-N for the student of N steps.")
  private String directory;

  @Option(
      names = "--steps",
      paramLabel = "S",
      defaultValue = "64",
      description = "Steps in which the teacher draws (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--to",
      paramLabel = "N",
      defaultValue = "4",
      description = "Steps of the last student, such as 4, 2 or 1 (default: ${DEFAULT-VALUE}).")
  private int last;

  @Option(
      names = "--stage-steps",
      paramLabel = "N",
      required = true,
      description = "Optimiser steps of each stage (training.steps).")
  private long stageSteps;

  @Option(
      names = "--weights",
      paramLabel = "NAME",
      description = "Weights that every teacher has: raw, or an average such as ema-0.9999.")
  private Optional<String> weights = Optional.empty();

  @Option(
      names = "--guidance",
      paramLabel = "F",
      description =
          "Scale of classifier-free guidance that the first teacher draws with, and its students"
              + " then without (sample.guidance.scale).")
  private Optional<Double> guidance = Optional.empty();

  @Override
  String name() {
    return "distil";
  }

  @Override
  ConfigLayer defaults() {
    Configuration conf = hadoopConfiguration();
    return Distillation.defaults(Checkpoints.resolve(conf, Locations.parse(conf, from)));
  }

  @Override
  List<String> ownKeys() {
    List<String> keys = new ArrayList<>();
    keys.add("training.steps=" + stageSteps);
    weights.ifPresent(w -> keys.add("sample.weights=" + w));
    guidance.ifPresent(s -> keys.add("sample.guidance.scale=" + s));
    return keys;
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("distil", from + ", which draws in " + steps + " steps");
    plan.put("to students of", Distillation.stages(steps, last) + " steps in " + directory);
    plan.put("train on", dataset);
    plan.putAll(NetworkFacts.of(config.model()).toMap());
    return plan;
  }

  @Override
  void run(Run run) {
    List<Integer> stages = Distillation.stages(steps, last);
    Configuration conf = run.session().sparkContext().hadoopConfiguration();
    Checkpoint teacher = Checkpoints.resolve(conf, run.uri(from));
    run.overrides().applyTo(teacher); // refuses another network than the teacher's
    new Distillation(
            run.session(), run.config(), teacher, run.uri(dataset), run.uri(directory), stages)
        .run(
            run.progress(),
            stage ->
                print(
                    String.format(
                        Locale.ROOT,
                        "%s: step %d%s",
                        stage.run(),
                        stage.step(),
                        stage
                            .metrics()
                            .map(m -> String.format(Locale.ROOT, ", loss %.5f", m.loss()))
                            .orElse(""))));
  }
}

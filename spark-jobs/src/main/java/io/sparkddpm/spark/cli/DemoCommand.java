package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.pipeline.Demo;
import io.sparkddpm.spark.pipeline.NetworkFacts;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code demo}: the pipeline on images that the program draws by itself. */
@Command(
    name = "demo",
    description = {
      "Trains a small network on shapes that the program draws, in minutes and without data.",
      "Shows the loss, samples, and one image on its way from noise."
    },
    mixinStandardHelpOptions = true)
final class DemoCommand extends JobCommand {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "demo",
      description = "Directory of everything that is made (default: ${DEFAULT-VALUE}).")
  private String output;

  @Override
  String name() {
    return "demo";
  }

  @Override
  ConfigLayer defaults() {
    return Demo.defaults();
  }

  @Override
  void check(ConfigOptions.Resolved resolved) {
    resolved.config().shard().requireImages(name());
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("demo", config.demo().images() + " images");
    plan.put("to", output);
    plan.putAll(NetworkFacts.of(config.model()).toMap());
    return plan;
  }

  @Override
  void run(Run run) {
    Outcome.of(new Demo(run.session(), run.config(), run.uri(output), run.progress()).run())
        .forEach(this::print);
  }
}

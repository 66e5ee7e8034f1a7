package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code config}: what the keys of the configuration mean and what they are set to. */
@Command(
    name = "config",
    description = {
      "Explains keys of the configuration, or prints all of it.",
      "Each key that is not at its default comes with the place that sets it."
    },
    mixinStandardHelpOptions = true)
final class ConfigCommand implements Callable<Integer> {
  @ParentCommand private DdpmCommand ddpm;
  @Mixin private ConfigSource source;

  @Parameters(
      paramLabel = "KEY",
      arity = "0..*",
      description = "Keys or sections to explain, such as training.steps or sample.")
  private List<String> keys = new ArrayList<>();

  @Option(
      names = "--markdown",
      description = "Print the explanation of all keys as docs/configuration.md holds it.")
  private boolean markdown;

  @Override
  public Integer call() {
    PrintStream out = ddpm.terminal().out();
    KeyReference reference = new KeyReference();
    if (markdown) {
      out.print(reference.markdown());
      out.flush();
      return Cli.OK;
    }
    ConfigBinder.Bound<DdpmConfig> bound = source.resolve(source.layer());
    if (keys.isEmpty()) {
      ConfigText.render(bound.value()).lines().forEach(l -> out.println(withPlace(l, bound)));
    }
    keys.stream().flatMap(key -> reference.explain(key, bound).stream()).forEach(out::println);
    return Cli.OK;
  }

  private static String withPlace(String line, ConfigBinder.Bound<DdpmConfig> bound) {
    ConfigBinder.Source set = bound.sources().get(line.substring(0, line.indexOf(" = ")));
    return set == null ? line : line + "  # " + set.place();
  }
}

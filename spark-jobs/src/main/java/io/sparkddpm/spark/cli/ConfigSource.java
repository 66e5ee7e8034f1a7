package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where a configuration comes from on the command line. */
final class ConfigSource {
  /** What messages call keys of {@code --set}. */
  static final String SET = "--set";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A preset such as conf/cifar10.conf, in HOCON or properties.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = SET,
      paramLabel = "KEY=VALUE",
      description = "Sets one key, such as training.steps=2000; beats the file; may be repeated.")
  private List<String> assignments = new ArrayList<>();

  /** What was given: the command line over the file. */
  ConfigLayer layer() {
    ConfigLayer assigned = ConfigLayer.assignments(SET, assignments);
    return file.map(f -> assigned.over(ConfigLayer.file(f))).orElse(assigned);
  }

  /**
   * The configuration that some layers come to; prints which keys have other names now.
   *
   * @throws io.sparkddpm.error.UserException naming everything that is wrong
   */
  ConfigBinder.Bound<DdpmConfig> resolve(ConfigLayer layer) {
    ConfigBinder.Bound<DdpmConfig> bound = ConfigBinder.resolve(DdpmConfig.DEFAULTS, layer);
    bound.notices().forEach(notice -> command.commandLine().getErr().println("ddpm: " + notice));
    return bound;
  }
}

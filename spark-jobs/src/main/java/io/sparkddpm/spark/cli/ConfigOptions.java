package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import picocli.CommandLine.Option;

/** Where a command's configuration comes from. */
final class ConfigOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A preset such as conf/cifar10.conf, in HOCON or properties.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Sets one key, such as training.steps=2000; beats the file; may be repeated.")
  private List<String> assignments = new ArrayList<>();

  @Option(
      names = "--dry-run",
      description = "Print the resolved configuration and what would run; run nothing.")
  private boolean dryRun;

  boolean dryRun() {
    return dryRun;
  }

  /**
   * A configuration.
   *
   * @param config all of it
   * @param set the keys that were set, not left at their defaults, with their values
   */
  record Resolved(DdpmConfig config, SortedMap<String, String> set) {}

  /**
   * The resolved configuration of a command.
   *
   * @param defaults below the file
   * @param own keys that the command's own options set; they beat all others
   * @throws io.sparkddpm.error.UserException naming what is wrong, or what {@code --set} sets
   *     though the command does not read it
   */
  Resolved resolve(String command, ConfigLayer defaults, List<String> own) {
    ConfigLayer assigned = ConfigLayer.assignments("--set", assignments);
    ConfigLayer layer = ConfigLayer.assignments("command line", own).over(assigned);
    if (file.isPresent()) {
      layer = layer.over(ConfigLayer.file(file.get()));
    }
    DdpmConfig config = ConfigBinder.bind(DdpmConfig.DEFAULTS, layer.over(defaults));
    CommandKeys.refuseUnread(command, "--set", assigned.keys());
    SortedMap<String, String> set = ConfigBinder.flatten(config);
    set.keySet().retainAll(layer.keys());
    return new Resolved(config, set);
  }

  /** The configuration of a command over the paper's defaults. */
  DdpmConfig resolve(String command) {
    return resolve(command, ConfigLayer.text("defaults", ""), List.of()).config();
  }
}

package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where a command's configuration comes from, and whether that is all that is asked for. */
final class ConfigOptions {
  @Mixin private ConfigSource source;

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
    ConfigLayer layer = ConfigLayer.assignments("command line", own).over(source.layer());
    ConfigBinder.Bound<DdpmConfig> bound = source.resolve(layer.over(defaults));
    SortedMap<String, String> set = new TreeMap<>(ConfigText.flatten(bound.value()));
    set.keySet().retainAll(bound.sources().keySet());
    set.keySet().removeIf(key -> defaults.names().contains(bound.sources().get(key).layer()));
    CommandKeys.refuseUnread(
        command,
        ConfigSource.SET,
        set.keySet().stream()
            .filter(key -> bound.sources().get(key).layer().equals(ConfigSource.SET))
            .toList());
    return new Resolved(bound.value(), set);
  }

  /** The configuration of a command over the paper's defaults. */
  DdpmConfig resolve(String command) {
    return resolve(command, ConfigLayer.text("defaults", ""), List.of()).config();
  }
}

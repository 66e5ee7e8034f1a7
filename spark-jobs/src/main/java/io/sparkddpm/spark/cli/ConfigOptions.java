package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where a command's configuration comes from, and whether that is all that is asked for. */
final class ConfigOptions {
  /** What messages call keys of a command's own options. */
  private static final String OWN = "command line";

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
   * @param typed those of them that {@code --set} or the command's own options set
   */
  record Resolved(DdpmConfig config, SortedMap<String, String> set, Set<String> typed) {}

  /**
   * The resolved configuration of a command.
   *
   * @param defaults below the file
   * @param own keys that the command's own options set; they beat all others
   * @throws io.sparkddpm.error.UserException naming what is wrong, or what {@code --set} sets
   *     though the command does not read it
   */
  Resolved resolve(String command, ConfigLayer defaults, List<String> own) {
    ConfigLayer layer = ConfigLayer.assignments(OWN, own).over(source.layer());
    ConfigBinder.Bound<DdpmConfig> bound = source.resolve(layer.over(defaults));
    SortedMap<String, String> set = DdpmConfig.keysSet(bound);
    set.keySet().removeIf(key -> defaults.names().contains(bound.sources().get(key).layer()));
    Set<String> bySet = from(ConfigSource.SET, bound, set.keySet());
    CommandKeys.refuseUnread(command, ConfigSource.SET, bySet);
    Set<String> typed = from(OWN, bound, set.keySet());
    typed.addAll(bySet);
    return new Resolved(bound.value(), set, typed);
  }

  private static Set<String> from(
      String layer, ConfigBinder.Bound<DdpmConfig> bound, Set<String> keys) {
    return keys.stream()
        .filter(key -> bound.sources().get(key).layer().equals(layer))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The configuration of a command over the paper's defaults. */
  DdpmConfig resolve(String command) {
    return resolve(command, ConfigLayer.text("defaults", ""), List.of()).config();
  }
}

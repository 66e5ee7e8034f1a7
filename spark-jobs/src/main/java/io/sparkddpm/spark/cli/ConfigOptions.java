package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.spark.job.DdpmConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
   * The resolved configuration.
   *
   * @param defaults below the file
   * @param own keys that the command's own options set; they beat all others
   */
  DdpmConfig resolve(ConfigLayer defaults, List<String> own) {
    ConfigLayer layer = ConfigLayer.assignments("--set", assignments);
    layer = ConfigLayer.assignments("command line", own).over(layer);
    if (file.isPresent()) {
      layer = layer.over(ConfigLayer.file(file.get()));
    }
    return ConfigBinder.bind(DdpmConfig.DEFAULTS, layer.over(defaults));
  }

  /** As {@link #resolve(ConfigLayer, List)} over the paper's defaults. */
  DdpmConfig resolve(List<String> own) {
    return resolve(ConfigLayer.text("defaults", ""), own);
  }
}

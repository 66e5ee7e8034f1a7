package io.sparkddpm.spark.ml;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.sampling.SampleOverrides;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/**
 * The configuration of a stage, made of a file and {@code key=value} settings, as that of a command
 * is.
 *
 * @param config all of it
 * @param set the keys that are not left at their defaults
 */
record Settings(DdpmConfig config, SortedMap<String, String> set) {
  private static final String SETTINGS = "settings";

  /**
   * Resolves a configuration.
   *
   * @param file of the driver's disk, in HOCON or properties; empty for none
   * @param settings that beat the file
   * @param own keys of params, which beat both
   * @throws io.sparkddpm.error.UserException naming everything that is wrong
   */
  static Settings of(String file, String[] settings, List<String> own) {
    ConfigLayer layer =
        ConfigLayer.assignments("params", own)
            .over(ConfigLayer.assignments(SETTINGS, List.of(settings)));
    ConfigBinder.Bound<DdpmConfig> bound =
        ConfigBinder.resolve(
            DdpmConfig.DEFAULTS,
            file.isEmpty() ? layer : layer.over(ConfigLayer.file(Path.of(file))));
    return new Settings(bound.value(), DdpmConfig.keysSet(bound));
  }

  static Settings of(String[] settings) {
    return of("", settings, List.of());
  }

  /** Settings that give the same configuration without a file. */
  String[] assignments() {
    return set.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toArray(String[]::new);
  }

  /** What is not as the run has it when its network is drawn from. */
  SampleOverrides overrides() {
    return SampleOverrides.of(set, config.diffusion());
  }
}

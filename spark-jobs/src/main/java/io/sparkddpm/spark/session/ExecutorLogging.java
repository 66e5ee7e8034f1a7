package io.sparkddpm.spark.session;

import io.sparkddpm.error.UserException;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Makes executors log what a person can read: warnings, as the driver does, instead of a line for
 * each task and block. {@code spark.ddpm.executor.log-level} sets another level; an executor that
 * was given a configuration of Log4j keeps it. Made by Spark, on every executor.
 */
public final class ExecutorLogging implements SparkPlugin {
  /** Spark's setting. */
  static final String LEVEL = "spark.ddpm.executor.log-level";

  private static final String CONFIGURED = "log4j2.configurationFile";

  /** They warn of what is meant to be so. */
  private static final List<String> NOISY =
      List.of("org.apache.hadoop.util.NativeCodeLoader", "org.apache.parquet");

  @Override
  public DriverPlugin driverPlugin() {
    return null; // the driver's log is the launcher's matter
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(PluginContext context, Map<String, String> extra) {
        boolean isDriver = "driver".equals(context.executorID());
        if (!isDriver && System.getProperty(CONFIGURED) == null) {
          setLevel(level(context.conf().get(LEVEL, Level.WARN.name())));
        }
      }
    };
  }

  /**
   * A level by its name.
   *
   * @throws UserException if there is none of that name
   */
  static Level level(String name) {
    Level level = Level.toLevel(name, null);
    if (level == null) {
      throw new UserException(
          "%s must be error, warn, info, debug or trace, got '%s'", LEVEL, name);
    }
    return level;
  }

  private static void setLevel(Level level) {
    Configurator.setAllLevels("", level);
    if (level.equals(Level.WARN)) {
      NOISY.forEach(name -> Configurator.setLevel(name, Level.ERROR));
    }
  }
}

package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.spark.evaluation.input.ImageSets;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.sampling.SampleOverrides;
import io.sparkddpm.spark.session.MeasuredProgress;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** A command that resolves the configuration and runs a job in a Spark session. */
abstract class JobCommand implements Callable<Integer> {
  @ParentCommand private DdpmCommand ddpm;
  @Mixin private ConfigOptions configuration;
  @Mixin private SparkOptions spark;

  @Override
  public final Integer call() {
    ConfigOptions.Resolved resolved = configuration.resolve(name(), defaults(), ownKeys());
    DdpmConfig config = resolved.config();
    check(resolved);
    if (configuration.dryRun()) {
      print(ConfigText.render(config));
      plan(resolved).forEach((name, value) -> print("# " + name + ": " + value));
      return Cli.OK;
    }
    SparkSession session = spark.open(name());
    try {
      run(new Run(session, resolved, new MeasuredProgress(ddpm.terminal().progress())));
    } finally {
      session.stop(); // close() of Spark 4 declares IOException
    }
    return Cli.OK;
  }

  /**
   * What a run of the command has.
   *
   * @param session ends with the command
   * @param resolved its configuration
   */
  record Run(SparkSession session, ConfigOptions.Resolved resolved, Progress progress) {
    DdpmConfig config() {
      return resolved.config();
    }

    /** Settings of the run that the configuration overrides when samples are drawn. */
    SampleOverrides overrides() {
      return SampleOverrides.of(resolved.set(), config().diffusion());
    }

    /** An absolute URI of what a user typed. */
    URI uri(String text) {
      return Locations.parse(session.sparkContext().hadoopConfiguration(), text);
    }

    /** A set of images as a user typed it. */
    URI images(String text) {
      return ImageSets.parse(session.sparkContext().hadoopConfiguration(), text);
    }

    List<URI> uris(List<String> texts) {
      return texts.stream().map(this::uri).toList();
    }
  }

  /** The command's name, for Spark's pages. */
  abstract String name();

  /**
   * Refuses, before a session opens, what the command cannot do.
   *
   * @throws io.sparkddpm.error.UserException saying what to set instead
   */
  void check(ConfigOptions.Resolved resolved) {}

  /** Runs the job and prints what came of it. */
  abstract void run(Run run);

  /** What would run, by name, for {@code --dry-run}. */
  abstract Map<String, String> plan(DdpmConfig config);

  /** As {@link #plan(DdpmConfig)}; for a command whose plan depends on which keys were set. */
  Map<String, String> plan(ConfigOptions.Resolved resolved) {
    return plan(resolved.config());
  }

  /** Keys of the configuration that the command's own options set. */
  List<String> ownKeys() {
    return List.of();
  }

  /** For what is read before there is a session. */
  final Configuration hadoopConfiguration() {
    return spark.hadoopConfiguration();
  }

  /** What lies below the configuration file. */
  ConfigLayer defaults() {
    return ConfigLayer.text("defaults", "");
  }

  final void print(String line) {
    ddpm.terminal().out().println(line.stripTrailing());
  }
}

package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.session.SecretKeys;
import io.sparkddpm.spark.session.Sessions;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Options that go to Spark. */
final class SparkOptions {
  @Option(
      names = "--spark-conf",
      paramLabel = "KEY=VALUE",
      description = "A setting of Spark's, such as spark.task.cpus=2; may be repeated.")
  private Map<String, String> settings = new LinkedHashMap<>();

  /** A session for a command. */
  SparkSession open(String command) {
    SecretKeys.refuse("--spark-conf", settings);
    return Sessions.open("ddpm " + command, settings);
  }

  /** For commands that need file systems but no Spark. */
  Configuration hadoopConfiguration() {
    SecretKeys.refuse("--spark-conf", settings);
    return Sessions.hadoopConfiguration(settings);
  }
}

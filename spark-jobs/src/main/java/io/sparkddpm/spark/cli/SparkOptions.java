package io.sparkddpm.spark.cli;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.Sessions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Options that go to Spark. */
final class SparkOptions {
  private static final Pattern SECRET =
      Pattern.compile(
          "fs\\.s3a\\.(.*\\.)?(access\\.key|secret\\.key|session\\.token"
              + "|encryption\\.key|server-side-encryption\\.key)$");

  @Option(
      names = "--spark-conf",
      paramLabel = "KEY=VALUE",
      description = "A setting of Spark's, such as spark.task.cpus=2; may be repeated.")
  private Map<String, String> settings = new LinkedHashMap<>();

  /** A session for a command. */
  SparkSession open(String command) {
    refuseCredentials();
    return Sessions.open("ddpm " + command, settings);
  }

  /** For commands that need file systems but no Spark. */
  Configuration hadoopConfiguration() {
    refuseCredentials();
    return Sessions.hadoopConfiguration(settings);
  }

  /** Command lines are seen by every user of the machine, and by Spark's pages. */
  private void refuseCredentials() {
    for (String key : settings.keySet()) {
      if (SECRET.matcher(key).find()) {
        throw new UserException(
            "--spark-conf %s would put a credential on the command line; give it to Hadoop's"
                + " providers instead: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the"
                + " environment, core-site.xml, or hadoop.security.credential.provider.path",
            key);
      }
    }
  }
}

package io.sparkddpm.spark.session;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;

/** Where Spark sessions of jobs come from. */
public final class Sessions {
  /**
   * System property: a file of Spark's settings in properties format, as spark-submit's {@code
   * --properties-file}, for processes that are started without spark-submit.
   */
  static final String PROPERTIES = "ddpm.spark.properties";

  private Sessions() {}

  /**
   * A session with everything set that jobs need; local mode on all processors, unless spark-submit
   * or {@code settings} name a master.
   *
   * @param settings keys of Spark's configuration; they beat what spark-submit brought
   * @throws UserException if settings contradict each other, or this program cannot run on this
   *     Spark
   */
  public static SparkSession open(String name, Map<String, String> settings) {
    SparkFit.requireSameScala();
    SparkConf conf = conf(settings).setAppName(name);
    SparkFit.refuseConnect(conf, System.getenv());
    SparkSettings.complete(conf, Runtime.getRuntime().availableProcessors());
    SparkSettings.checkDriver(conf, System.getenv());
    QuietSparkLog.install();
    return SparkSession.builder().config(conf).getOrCreate();
  }

  /** The Hadoop configuration that such a session would have. */
  public static Configuration hadoopConfiguration(Map<String, String> settings) {
    return SparkHadoopUtil.get().newConfiguration(conf(settings));
  }

  private static SparkConf conf(Map<String, String> settings) {
    SparkConf conf = new SparkConf();
    String file = System.getProperty(PROPERTIES, "");
    if (!file.isEmpty()) {
      Properties properties = read(Path.of(file));
      properties.stringPropertyNames().stream()
          .filter(key -> key.startsWith("spark."))
          .forEach(key -> conf.set(key, properties.getProperty(key).strip()));
    }
    settings.forEach(conf::set);
    return conf;
  }

  private static Properties read(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new UserException(e, "cannot read Spark's settings in %s: %s", file, e.getMessage());
    }
    return properties;
  }
}

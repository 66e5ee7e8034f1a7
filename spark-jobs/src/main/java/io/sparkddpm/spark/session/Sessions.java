package io.sparkddpm.spark.session;

import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;

/** Where Spark sessions of jobs come from. */
public final class Sessions {
  private Sessions() {}

  /**
   * A session with everything set that jobs need; local mode on all processors, unless spark-submit
   * or {@code settings} name a master.
   *
   * @param settings keys of Spark's configuration; they beat what spark-submit brought
   * @throws io.sparkddpm.error.UserException if settings contradict each other
   */
  public static SparkSession open(String name, Map<String, String> settings) {
    SparkConf conf = new SparkConf().setAppName(name);
    settings.forEach(conf::set);
    SparkSettings.complete(conf, Runtime.getRuntime().availableProcessors());
    SparkSettings.checkDriver(conf, System.getenv());
    return SparkSession.builder().config(conf).getOrCreate();
  }

  /** The Hadoop configuration that such a session would have. */
  public static Configuration hadoopConfiguration(Map<String, String> settings) {
    SparkConf conf = new SparkConf();
    settings.forEach(conf::set);
    return SparkHadoopUtil.get().newConfiguration(conf);
  }
}

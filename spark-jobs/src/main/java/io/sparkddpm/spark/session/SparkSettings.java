package io.sparkddpm.spark.session;

import io.sparkddpm.error.UserException;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;

/**
 * What jobs need of Spark's configuration. Threads of the native kernels per task are {@code
 * spark.task.cpus}: their sums are split by it, so it is part of what makes a run repeatable.
 */
final class SparkSettings {
  private static final long MIB = 1L << 20;

  /** Heap and native memory leave this much of a container to the JVM itself. */
  private static final long JVM_BYTES = 256 * MIB;

  private SparkSettings() {}

  /**
   * Fills in what {@code conf} leaves open.
   *
   * @param processors of this machine, for local mode
   * @throws UserException if a setting contradicts another one, saying what to set
   */
  static SparkConf complete(SparkConf conf, int processors) {
    conf.setIfMissing("spark.master", "local[" + processors + "]");
    conf.setIfMissing("spark.task.cpus", "1");
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    conf.setIfMissing("spark.sql.session.timeZone", "UTC");
    // Shown where Spark's pages are: /metrics/prometheus.
    conf.setIfMissing(
        "spark.metrics.conf.*.sink.prometheusServlet.class",
        "org.apache.spark.metrics.sink.PrometheusServlet");
    conf.setIfMissing("spark.metrics.conf.*.sink.prometheusServlet.path", "/metrics/prometheus");
    // A task takes a free executor at once: waiting for the preferred one costs more than a read.
    conf.setIfMissing("spark.locality.wait", "0s");
    // What goes through Spark is floats and packed images, which do not shrink.
    conf.setIfMissing("spark.broadcast.compress", "false");
    conf.setIfMissing("spark.shuffle.compress", "false");
    conf.setIfMissing("spark.shuffle.checksum.enabled", "false");
    // Hadoop 3.4's default; 3.3 sends one more request after each write to S3.
    conf.setIfMissing("spark.hadoop.fs.s3a.directory.marker.retention", "keep");
    conf.setIfMissing("spark.redaction.regex", SecretKeys.redaction());
    threads(conf);
    if (isLocal(conf)) {
      conf.setIfMissing("spark.ui.enabled", "false");
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
      conf.setIfMissing("spark.driver.host", "127.0.0.1");
    } else {
      executors(conf);
    }
    return conf;
  }

  static boolean isLocal(SparkConf conf) {
    return conf.get("spark.master").startsWith("local");
  }

  private static void threads(SparkConf conf) {
    String key = "spark.executorEnv.OMP_NUM_THREADS";
    String cpus = conf.get("spark.task.cpus");
    if (!conf.get(key, cpus).equals(cpus)) {
      throw new UserException(
          "%s is %s but spark.task.cpus is %s: they must be equal, or tasks take each other's"
              + " processors",
          key, conf.get(key), cpus);
    }
    conf.set(key, cpus);
  }

  private static void executors(SparkConf conf) {
    TaskResources.check(conf);
    if (conf.getBoolean("spark.dynamicAllocation.enabled", false)) {
      // An executor that waits for slower ones keeps what its workers have computed.
      conf.setIfMissing("spark.dynamicAllocation.executorIdleTimeout", "1h");
    }
    // Executors see files whose names are not ASCII in a locale of UTF-8 only.
    conf.setIfMissing("spark.executorEnv.LC_ALL", "C.UTF-8");
    ExecutorLogging.level(conf.get(ExecutorLogging.LEVEL, "warn"));
    String plugins = conf.get("spark.plugins", "");
    String ours = ExecutorLogging.class.getName();
    if (!List.of(plugins.split(",", -1)).contains(ours)) {
      conf.set("spark.plugins", plugins.isEmpty() ? ours : plugins + "," + ours);
    }
    String key = "spark.executor.extraJavaOptions";
    String options = conf.get(key, "");
    options = JvmOptions.with(options, JvmOptions.VECTOR_MODULE);
    options = JvmOptions.with(options, JvmOptions.NO_CRASH_DUMP);
    long heap =
        MemorySize.parse("spark.executor.memory", conf.get("spark.executor.memory", "1g"), 'm');
    long container = heap + overhead(conf, heap);
    long natives = container - heap - JVM_BYTES;
    if (natives <= 0) {
      throw new UserException(
          "spark.executor.memoryOverhead leaves no native memory (%s): the network's activations"
              + " live there; set spark.executor.memoryOverhead to 2g or more",
          MemorySize.format(container - heap));
    }
    options = JvmOptions.with(options, "-D" + JvmOptions.MAX_BYTES + "=" + natives);
    options = JvmOptions.with(options, "-D" + JvmOptions.MAX_PHYSICAL_BYTES + "=" + container);
    refuseMoreThan(options, JvmOptions.MAX_BYTES, natives, container - heap);
    refuseMoreThan(options, JvmOptions.MAX_PHYSICAL_BYTES, container, container);
    conf.set(key, options);
  }

  /** As Spark computes it on YARN and Kubernetes. */
  private static long overhead(SparkConf conf, long heap) {
    String key = "spark.executor.memoryOverhead";
    if (conf.contains(key)) {
      return MemorySize.parse(key, conf.get(key), 'm');
    }
    double factor = conf.getDouble("spark.executor.memoryOverheadFactor", 0.1);
    return Math.max(384 * MIB, (long) (heap * factor));
  }

  private static void refuseMoreThan(String options, String name, long fitting, long room) {
    for (String option : options.split("\\s+", -1)) {
      if (option.startsWith("-D" + name + "=")) {
        String text = option.substring(name.length() + 3);
        if (MemorySize.parse(name, text, 'b') > room) {
          throw new UserException(
              "%s=%s in spark.executor.extraJavaOptions does not fit into an executor's container:"
                  + " raise spark.executor.memoryOverhead or set it to at most %d",
              name, text, fitting);
        }
      }
    }
  }

  /**
   * In local mode this JVM is the executor: checks what it was started with.
   *
   * @param environment of this process
   * @throws UserException if the native threads of a task are not {@code spark.task.cpus}
   */
  static void checkDriver(SparkConf conf, Map<String, String> environment) {
    String cpus = conf.get("spark.task.cpus");
    String threads = environment.get("OMP_NUM_THREADS");
    if (isLocal(conf) && !cpus.equals(threads)) {
      throw new UserException(
          "OMP_NUM_THREADS must be spark.task.cpus (%s) in local mode, but is %s: start through"
              + " scripts/ddpm, or set it",
          cpus, threads == null ? "not set" : threads);
    }
  }
}

package io.sparkddpm.spark.session;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.source.Source;

/**
 * Numbers that Spark's metrics system shows while something runs: {@code
 * <application>.driver.ddpm.<prefix>.<name>}, in whatever sinks Spark is set to. On the driver.
 * Thread-safe.
 */
public final class LiveMetrics implements AutoCloseable {
  private static final Set<String> SHOWN = new HashSet<>();

  private final String prefix;
  private final Map<String, Double> values = new ConcurrentHashMap<>();
  private final MetricRegistry registry = new MetricRegistry();
  private final Source source =
      new Source() {
        @Override
        public String sourceName() {
          return "ddpm." + prefix;
        }

        @Override
        public MetricRegistry metricRegistry() {
          return registry;
        }
      };

  /**
   * Shows nothing yet; needs a running Spark.
   *
   * @param prefix of all names; none at the same time may begin with another one. Where this JVM
   *     shows the same one already, for a run beside this one, it is {@code 2.prefix} and so on
   */
  public LiveMetrics(String prefix) {
    this.prefix = free(prefix);
    SparkEnv.get().metricsSystem().registerSource(source);
  }

  private static String free(String wanted) {
    synchronized (SHOWN) {
      String name = wanted;
      for (int n = 2; !SHOWN.add(name); n++) {
        name = n + "." + wanted;
      }
      return name;
    }
  }

  /** Sets a number, from now on shown as {@code prefix.name}. */
  public synchronized void set(String name, double value) {
    if (values.put(name, value) == null) {
      Gauge<Double> gauge = () -> values.getOrDefault(name, Double.NaN);
      registry.register(name, gauge); // Spark's registry listens to this one
    }
  }

  /** Sets all of them. */
  public void set(Map<String, Double> named) {
    named.forEach(this::set);
  }

  /** They are shown no more. */
  @Override
  public synchronized void close() {
    if (SparkEnv.get() != null) {
      SparkEnv.get().metricsSystem().removeSource(source);
    }
    synchronized (SHOWN) {
      SHOWN.remove(prefix);
    }
  }
}

package io.sparkddpm.carrier;

import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.network.NetworkConfig;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A library that trains on Spark; found by {@link java.util.ServiceLoader}. Where there is none,
 * rounds run as plain Spark jobs, with the same results.
 */
public interface CarrierProvider {
  /** Runs the program's own rounds as jobs of the library. */
  RoundCarrier carrier(JavaSparkContext spark);

  /**
   * Trains with the averaging that the library brings.
   *
   * @param seed of the run
   * @throws io.sparkddpm.error.UserException if the library cannot train such a network
   */
  LibraryAveraging averaging(
      JavaSparkContext spark, NetworkConfig network, OptimizerConfig optimizer, long seed);
}

package io.sparkddpm.dl4j;

import io.sparkddpm.carrier.CarrierProvider;
import io.sparkddpm.carrier.LibraryAveraging;
import io.sparkddpm.carrier.RoundCarrier;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.UNetConfig;
import org.apache.spark.api.java.JavaSparkContext;

/** Offers dl4j-spark to the program's rounds. */
public final class Dl4jSpark implements CarrierProvider {
  @Override
  public RoundCarrier carrier(JavaSparkContext spark) {
    return new TrainingMasterCarrier(spark);
  }

  @Override
  public LibraryAveraging averaging(
      JavaSparkContext spark, NetworkConfig network, OptimizerConfig optimizer, long seed) {
    if (network instanceof UNetConfig unet) {
      return new StockAveraging(spark, unet, optimizer, seed);
    }
    throw new UserException("training.averaging=stock trains U-Nets only");
  }
}

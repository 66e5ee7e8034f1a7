package io.sparkddpm.spark.training.round;

import io.sparkddpm.carrier.CarrierProvider;
import io.sparkddpm.error.UserException;
import java.util.Optional;
import java.util.ServiceLoader;

/** Finds the library that runs rounds. */
public final class Carriers {
  private Carriers() {}

  /** The library on the class path; empty where there is none. */
  public static Optional<CarrierProvider> find() {
    return ServiceLoader.load(CarrierProvider.class, Carriers.class.getClassLoader()).findFirst();
  }

  /**
   * The library, for {@code training.averaging=stock}.
   *
   * @throws UserException if there is none
   */
  public static CarrierProvider requireStock(Optional<CarrierProvider> library) {
    return library.orElseThrow(
        () ->
            new UserException(
                "training.averaging=stock is dl4j-spark's own averaging, but this program was built"
                    + " without the module spark-dl4j: choose parameters or gradients, or, on Spark"
                    + " 3.5, add the module's jar to the class path"));
  }
}

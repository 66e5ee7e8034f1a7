package io.sparkddpm.spark.sampling;

import io.sparkddpm.config.Key;
import io.sparkddpm.solver.OdeSteps;
import java.io.Serializable;
import java.util.Objects;

/** How images are encoded. */
public record EncodeConfig(@Key("how the probability-flow ODE is followed") OdeSteps method)
    implements Serializable {
  /** Along a grid. */
  public static final EncodeConfig DEFAULTS = new EncodeConfig(OdeSteps.FIXED);

  /** Refuses null. */
  public EncodeConfig {
    Objects.requireNonNull(method);
  }
}

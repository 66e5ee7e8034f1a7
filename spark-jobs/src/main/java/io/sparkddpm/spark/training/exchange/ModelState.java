package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.tensor.NamedTensor;
import java.nio.FloatBuffer;

/**
 * Parameters, and moments if they are wanted, where a model has them.
 *
 * @param count 1: parameters alone; 3: with both moments
 */
record ModelState(TrainableNetwork model, int count) implements FlatVectors {
  private static final StateVector[] VECTORS = StateVector.values();

  @Override
  public int length() {
    return Math.toIntExact(model.layout().stream().mapToLong(NamedTensor::length).sum());
  }

  @Override
  public void read(int vector, int offset, FloatBuffer to) {
    model.read(VECTORS[vector], offset, to);
  }
}

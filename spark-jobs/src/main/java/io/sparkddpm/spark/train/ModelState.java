package io.sparkddpm.spark.train;

import io.sparkddpm.train.StateVector;
import io.sparkddpm.train.TrainableModel;
import io.sparkddpm.unet.NamedTensor;
import java.nio.FloatBuffer;

/** Parameters and moments where a model has them. */
record ModelState(TrainableModel model) implements FlatVectors {
  private static final StateVector[] VECTORS = StateVector.values();

  @Override
  public int count() {
    return VECTORS.length;
  }

  @Override
  public int length() {
    return Math.toIntExact(model.layout().stream().mapToLong(NamedTensor::length).sum());
  }

  @Override
  public void read(int vector, int offset, FloatBuffer to) {
    model.read(VECTORS[vector], offset, to);
  }
}

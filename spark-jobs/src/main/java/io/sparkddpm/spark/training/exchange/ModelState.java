package io.sparkddpm.spark.training.exchange;

import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.tensor.NamedTensor;
import java.nio.FloatBuffer;
import java.util.List;

/** Some of a model's vectors, where the model has them. */
record ModelState(TrainableNetwork model, List<StateVector> vectors) implements FlatVectors {
  /**
   * What a worker hands to the averaging.
   *
   * @param count 1: parameters alone; 3: with both moments
   */
  static ModelState first(TrainableNetwork model, int count) {
    return new ModelState(model, List.of(StateVector.values()).subList(0, count));
  }

  /** Adam's moments. */
  static ModelState moments(TrainableNetwork model) {
    return new ModelState(model, StateVector.MOMENTS);
  }

  @Override
  public int count() {
    return vectors.size();
  }

  @Override
  public int length() {
    return Math.toIntExact(model.layout().stream().mapToLong(NamedTensor::length).sum());
  }

  @Override
  public void read(int vector, int offset, FloatBuffer to) {
    model.read(vectors.get(vector), offset, to);
  }
}

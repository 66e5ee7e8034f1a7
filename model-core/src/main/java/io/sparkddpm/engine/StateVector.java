package io.sparkddpm.engine;

/** The flat vectors of a {@link TrainingState}, in the order in which rounds exchange them. */
public enum StateVector {
  PARAMETERS,
  FIRST_MOMENT,
  SECOND_MOMENT
}

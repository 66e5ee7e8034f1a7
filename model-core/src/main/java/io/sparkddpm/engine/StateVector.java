package io.sparkddpm.engine;

import java.util.List;

/** The flat vectors of a {@link TrainingState}, in the order in which rounds exchange them. */
public enum StateVector {
  PARAMETERS,
  FIRST_MOMENT,
  SECOND_MOMENT;

  /** Adam's two. */
  public static final List<StateVector> MOMENTS = List.of(FIRST_MOMENT, SECOND_MOMENT);
}

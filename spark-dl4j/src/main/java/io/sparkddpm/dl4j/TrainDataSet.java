package io.sparkddpm.dl4j;

import io.sparkddpm.engine.Minibatch;
import org.nd4j.linalg.dataset.MultiDataSet;

/**
 * A minibatch of clean examples as dl4j-spark knows data. It lives within one task and has no
 * arrays: {@link RoundTrainingMaster} takes the minibatch itself, conditions and all.
 */
final class TrainDataSet extends MultiDataSet {
  private static final long serialVersionUID = 1L;
  private final transient Minibatch minibatch;

  TrainDataSet(Minibatch minibatch) {
    this.minibatch = minibatch;
  }

  Minibatch minibatch() {
    return minibatch;
  }
}

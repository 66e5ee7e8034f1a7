package io.sparkddpm.dl4j;

import io.sparkddpm.engine.Minibatch;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A minibatch of clean examples as dl4j-spark knows data. It lives within one task: our own master
 * takes the minibatch itself, conditions and all; only somebody else's would ask for arrays.
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

  @Override
  public int numFeatureArrays() {
    return 1;
  }

  @Override
  public INDArray[] getFeatures() {
    var x = minibatch.images();
    int[] item = x.shape().dims();
    long[] shape = new long[1 + item.length];
    shape[0] = x.count();
    for (int i = 0; i < item.length; i++) {
      shape[1 + i] = item[i];
    }
    return new INDArray[] {Nd4j.createFromArray(x.data()).reshape(shape)};
  }

  @Override
  public INDArray getFeatures(int index) {
    return getFeatures()[index];
  }
}

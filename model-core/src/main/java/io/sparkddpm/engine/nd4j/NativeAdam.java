package io.sparkddpm.engine.nd4j;

import io.sparkddpm.engine.Adam;
import io.sparkddpm.engine.OptimizerConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/** {@link Adam} through ND4J's native operations, for any device. */
final class NativeAdam implements Adam {
  /** Values that are widened to double at a time. */
  private static final long CHUNK = 1 << 20;

  private final OptimizerConfig config;

  NativeAdam(OptimizerConfig config) {
    this.config = config;
  }

  @Override
  public double norm(INDArray gradients) {
    double sum = 0;
    for (long from = 0; from < gradients.length(); from += CHUNK) {
      long to = Math.min(gradients.length(), from + CHUNK);
      INDArray part = gradients.get(NDArrayIndex.interval(from, to));
      try (INDArray wide = part.castTo(DataType.DOUBLE)) {
        double norm = wide.norm2Number().doubleValue();
        sum += norm * norm;
      }
    }
    return Math.sqrt(sum);
  }

  @Override
  public void step(
      INDArray parameters,
      INDArray gradients,
      INDArray firstMoment,
      INDArray secondMoment,
      double factor,
      double rate) {
    gradients.muli(factor);
    firstMoment.muli(config.beta1());
    secondMoment.muli(config.beta2());
    try (INDArray scratch = gradients.dup()) {
      scratch.muli(gradients).muli(1 - config.beta2());
      secondMoment.addi(scratch);
      gradients.muli(1 - config.beta1());
      firstMoment.addi(gradients);
      scratch.assign(secondMoment);
      Transforms.sqrt(scratch, false);
      scratch.addi(config.epsilon());
      gradients.assign(firstMoment).divi(scratch).muli(rate);
      parameters.subi(gradients);
    }
    Nd4j.getExecutioner().commit();
  }
}

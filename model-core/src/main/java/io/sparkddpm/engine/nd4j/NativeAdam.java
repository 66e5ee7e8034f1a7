package io.sparkddpm.engine.nd4j;

import io.sparkddpm.engine.Adam;
import io.sparkddpm.engine.OptimizerConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** {@link Adam} through ND4J's native operations, for any device. */
final class NativeAdam implements Adam {
  private final OptimizerConfig config;

  NativeAdam(OptimizerConfig config) {
    this.config = config;
  }

  @Override
  public double norm(INDArray gradients) {
    return gradients.norm2Number().doubleValue();
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

package io.sparkddpm.engine.nd4j;

import io.sparkddpm.engine.Adam;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.kernels.Threads;
import io.sparkddpm.memory.Floats;
import java.nio.FloatBuffer;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@link Adam} on the JVM's vector unit, for float32 in host memory: one pass over the four
 * vectors. Results do not depend on the number of threads.
 */
final class VectorAdam implements Adam {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

  /** Floats staged at a time; a multiple of every vector length. */
  private static final int CHUNK = 4096;

  private final OptimizerConfig config;
  private final Threads threads;
  private final float[][][] stages;
  private double[] partialSums = {};

  VectorAdam(OptimizerConfig config, Threads threads) {
    this.config = config;
    this.threads = threads;
    this.stages = new float[threads.count()][4][CHUNK];
  }

  private static int chunks(int length) {
    return (length + CHUNK - 1) / CHUNK;
  }

  @Override
  public double norm(INDArray gradients) {
    FloatBuffer g = Floats.view(gradients);
    int length = g.capacity();
    int chunks = chunks(length);
    if (partialSums.length < chunks) {
      partialSums = new double[chunks];
    }
    threads.split(
        chunks,
        (thread, from, to) -> {
          float[] stage = stages[thread][0];
          for (int chunk = from; chunk < to; chunk++) {
            int offset = chunk * CHUNK;
            int size = Math.min(CHUNK, length - offset);
            g.get(offset, stage, 0, size);
            Arrays.fill(stage, size, CHUNK, 0f);
            partialSums[chunk] = sumOfSquares(stage);
          }
        });
    double sum = 0;
    for (int chunk = 0; chunk < chunks; chunk++) {
      sum += partialSums[chunk];
    }
    return Math.sqrt(sum);
  }

  private static double sumOfSquares(float[] x) {
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int i = 0; i < CHUNK; i += FLOATS.length()) {
      FloatVector v = FloatVector.fromArray(FLOATS, x, i);
      sum = v.fma(v, sum);
    }
    return sum.reduceLanes(VectorOperators.ADD);
  }

  @Override
  public void step(
      INDArray parameters,
      INDArray gradients,
      INDArray firstMoment,
      INDArray secondMoment,
      double factor,
      double rate) {
    FloatBuffer p = Floats.view(parameters);
    FloatBuffer g = Floats.view(gradients);
    FloatBuffer m = Floats.view(firstMoment);
    FloatBuffer v = Floats.view(secondMoment);
    int length = p.capacity();
    threads.split(
        chunks(length),
        (thread, from, to) -> {
          float[][] stage = stages[thread];
          for (int chunk = from; chunk < to; chunk++) {
            int offset = chunk * CHUNK;
            int size = Math.min(CHUNK, length - offset);
            p.get(offset, stage[0], 0, size);
            g.get(offset, stage[1], 0, size);
            m.get(offset, stage[2], 0, size);
            v.get(offset, stage[3], 0, size);
            update(stage[0], stage[1], stage[2], stage[3], (float) factor, (float) rate);
            p.put(offset, stage[0], 0, size);
            m.put(offset, stage[2], 0, size);
            v.put(offset, stage[3], 0, size);
          }
        });
  }

  private void update(float[] p, float[] g, float[] m, float[] v, float factor, float rate) {
    FloatVector beta1 = FloatVector.broadcast(FLOATS, (float) config.beta1());
    FloatVector beta2 = FloatVector.broadcast(FLOATS, (float) config.beta2());
    float rest1 = (float) (1 - config.beta1());
    float rest2 = (float) (1 - config.beta2());
    float epsilon = (float) config.epsilon();
    for (int i = 0; i < CHUNK; i += FLOATS.length()) {
      FloatVector gradient = FloatVector.fromArray(FLOATS, g, i).mul(factor);
      FloatVector first = FloatVector.fromArray(FLOATS, m, i).fma(beta1, gradient.mul(rest1));
      FloatVector second =
          FloatVector.fromArray(FLOATS, v, i).fma(beta2, gradient.mul(gradient).mul(rest2));
      FloatVector change = first.mul(rate).div(second.sqrt().add(epsilon));
      FloatVector.fromArray(FLOATS, p, i).sub(change).intoArray(p, i);
      first.intoArray(m, i);
      second.intoArray(v, i);
    }
  }
}

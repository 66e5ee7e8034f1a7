package io.sparkddpm.engine;

import io.sparkddpm.network.Network;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Shape;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * A network that can be trained. Parameters and optimiser state go in and out as flat vectors, so
 * that averaging, checkpoints and jobs know nothing of the engine behind it. One thread at a time.
 */
public interface TrainableNetwork extends Network {
  /** Shape of one item of the input. */
  Shape inputShape();

  /** Shape of one item of the output. */
  Shape outputShape();

  /** Names, shapes and offsets of all parameters, in flat order without gaps. */
  List<NamedTensor> layout();

  /** Copies parameters, moments and step count in. */
  void load(TrainingState state);

  /** Copies only parameters in (for inference); the moments are left as they are. */
  void loadParameters(float[] parameters);

  /** Copies parameters, moments and step count out into {@code state}'s arrays. */
  void store(TrainingState state);

  /**
   * Copies a piece of what {@link #store} copies.
   *
   * @param offset of the first value in its vector
   * @param to receives as many values as remain in it
   * @throws IllegalArgumentException if the vector has fewer
   */
  void read(StateVector vector, int offset, FloatBuffer to);

  /**
   * One optimiser step on a batch: gradient, clip of its global norm, Adam; advances the step
   * count.
   *
   * @return loss and norm as of before the step; they may be non-finite, the caller decides
   */
  StepResult step(TrainingBatch batch);

  /**
   * Loss and gradient of a batch, without changing the parameters.
   *
   * @param gradient receives the gradient of the loss, flat
   */
  StepResult gradient(TrainingBatch batch, float[] gradient);

  /** One optimiser step with a given gradient (clipped as in {@link #step}). */
  void apply(float[] gradient);
}

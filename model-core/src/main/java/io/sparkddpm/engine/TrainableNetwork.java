package io.sparkddpm.engine;

import io.sparkddpm.network.Network;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Shape;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * A network that can be trained, as an engine makes it: a forward pass that keeps what the backward
 * pass needs, a backward pass from a given gradient of the output, and an optimiser that applies
 * the gradient by the parameters. It knows no loss: {@link TrainingStep} puts an {@link
 * io.sparkddpm.objective.Objective} between the two passes. Parameters, gradient and optimiser
 * state go in and out as flat vectors, so that averaging, checkpoints and jobs know nothing of the
 * engine behind it. One thread at a time.
 */
public interface TrainableNetwork extends Network {
  /** Shape of one item of the input. */
  Shape inputShape();

  /** Shape of one item of the output. */
  Shape outputShape();

  /**
   * Checks the batches of a forward pass.
   *
   * @throws IllegalArgumentException if items have other shapes than this network's, naming both
   */
  default void checkShapes(Batch x, Batch output) {
    x.checkShape("xt", inputShape());
    output.checkShape("output", outputShape());
  }

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
   * Evaluates the items [first, end) of a batch with dropout, and keeps what {@link #backward}
   * needs until the next call.
   *
   * @param byInput whether the gradient by {@code input.x()} will be asked for too
   * @param output for the whole batch; receives these items' outputs in their places
   */
  void forward(NetworkInput input, int first, int end, boolean byInput, Batch output);

  /**
   * Computes the gradient by all parameters from that by the output, for the items of the last
   * {@link #forward}. It stays here: see {@link #storeGradient} and {@link #update}.
   *
   * @param outputGradient for the whole batch, read in these items' places; not changed
   * @param add whether to add to the gradient that is there, as a batch's second part does; for
   *     networks made with {@link OptimizerConfig#microBatch}, the others have room for one
   * @param inputGradient for the whole batch; receives the gradient by x in these items' places,
   *     for which {@link #forward} must have been asked; {@code null}: not wanted
   * @throws IllegalStateException if no forward pass precedes it; by some engines also if that pass
   *     was not asked for the gradient by x
   */
  void backward(Batch outputGradient, boolean add, Batch inputGradient);

  /** L2 norm of the gradient. */
  double gradientNorm();

  /** Copies the gradient out, flat. */
  void storeGradient(float[] gradient);

  /** Puts another gradient, flat, in the place of the one that is there. */
  void loadGradient(float[] gradient);

  /**
   * One optimiser step with the gradient that is there: clip of its global norm, then Adam;
   * advances the step count. The gradient is undefined afterwards.
   *
   * @param gradientNorm what {@link #gradientNorm} returned
   */
  void update(double gradientNorm);
}

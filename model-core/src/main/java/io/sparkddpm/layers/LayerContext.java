package io.sparkddpm.layers;

import io.sparkddpm.kernels.Kernels;
import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.kernels.Program;
import io.sparkddpm.memory.MemoryPlan;
import io.sparkddpm.memory.Tensor;
import java.util.Deque;
import java.util.function.Supplier;

/**
 * What a layer needs while it emits its calls: memory, kernels, parameters, what it is given in a
 * pass, and the programs of the forward and the backward pass.
 *
 * @param training whether a backward pass will follow, so that activations are kept
 * @param inputs read while a pass runs
 * @param skips outputs that later layers join, the latest first; filled in the forward pass
 * @param skipGradients gradients by them; filled in the backward pass
 * @param embedding what the body's layers read; null if they read nothing, and for the layers of
 *     the embedding itself
 */
record LayerContext(
    MemoryPlan memory,
    Kernels kernels,
    Parameters parameters,
    Program forward,
    Program backward,
    boolean training,
    PassInputs inputs,
    Deque<Tensor> skips,
    Deque<Tensor> skipGradients,
    EmbeddingSignal embedding) {

  /** The same for layers that read an embedding. */
  LayerContext withEmbedding(EmbeddingSignal signal) {
    return new LayerContext(
        memory,
        kernels,
        parameters,
        forward,
        backward,
        training,
        inputs,
        skips,
        skipGradients,
        signal);
  }

  /** Keeps {@code tensor} for the backward pass, if there will be one. */
  void save(Tensor tensor) {
    if (training) {
      tensor.retain();
    }
  }

  /** Gives back in the backward pass what {@link #save} kept. */
  static void drop(Tensor tensor) {
    tensor.release();
  }

  /** Emits a call of the forward pass. */
  void forward(LayerKind kind, Supplier<Runnable> call) {
    forward.emit(kind, call);
  }

  /** Emits a call of the backward pass. */
  void backward(LayerKind kind, Supplier<Runnable> call) {
    backward.emit(kind, call);
  }
}

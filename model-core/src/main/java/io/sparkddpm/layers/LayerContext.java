package io.sparkddpm.layers;

import io.sparkddpm.kernels.Kernels;
import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.kernels.Program;
import io.sparkddpm.memory.MemoryPlan;
import io.sparkddpm.memory.Tensor;

/**
 * What a layer needs while it emits its calls: memory, kernels, parameters and the programs of the
 * forward and the backward pass.
 *
 * @param training whether a backward pass will follow, so that activations are kept
 * @param dropoutKeys one key per example, read at run time
 */
record LayerContext(
    MemoryPlan memory,
    Kernels kernels,
    Parameters parameters,
    Program forward,
    Program backward,
    boolean training,
    long[] dropoutKeys) {

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
  void forward(LayerKind kind, java.util.function.Supplier<Runnable> call) {
    forward.emit(kind, call);
  }

  /** Emits a call of the backward pass. */
  void backward(LayerKind kind, java.util.function.Supplier<Runnable> call) {
    backward.emit(kind, call);
  }
}

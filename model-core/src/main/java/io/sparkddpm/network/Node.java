package io.sparkddpm.network;

import java.util.List;

/**
 * A part of a {@link NetworkSpec}: it owns the names, shapes and first values of its tensors and
 * knows what it costs. How it is computed is the engines' business: each has one class that runs
 * it, registered by the class of the node. Implementations are immutable.
 *
 * @see BodyNode
 * @see EmbeddingNode
 */
public interface Node {
  /** Its parameters, in the order in which they lie in the flat vector. */
  List<ParameterSpec> parameters();

  /**
   * Floating-point operations of one item's forward pass, a multiplication and an addition each.
   * Convolutions and matrix products only; the rest is below one in a hundred.
   */
  long flops();

  /** What automatic differentiation keeps of one item for the backward pass. */
  Activations activations();
}

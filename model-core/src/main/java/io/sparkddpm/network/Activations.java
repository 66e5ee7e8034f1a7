package io.sparkddpm.network;

/**
 * What a node keeps of one item for its backward pass under automatic differentiation, counted from
 * its operations; in values.
 *
 * @param kept inputs and results of its operations
 * @param weights those of attention beside them, in the calculation's type and in float32, where
 *     attention is made of products of matrices; an operation that computes it at once keeps none
 */
public record Activations(long kept, long weights) {
  /** Nothing. */
  public static final Activations NONE = new Activations(0, 0);

  /** Of a node without attention. */
  public static Activations of(long kept) {
    return new Activations(kept, 0);
  }

  /** Of two nodes. */
  public Activations plus(Activations other) {
    return new Activations(kept + other.kept, weights + other.weights);
  }
}

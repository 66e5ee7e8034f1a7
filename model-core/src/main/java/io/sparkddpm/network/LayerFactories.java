package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * An engine's list of which of its layers runs which node. Immutable.
 *
 * @param <C> what the engine gives each layer besides its node
 * @param <L> the engine's layers
 */
public final class LayerFactories<C, L> {
  private final Map<Class<?>, BiFunction<Node, C, L>> factories;

  private LayerFactories(Map<Class<?>, BiFunction<Node, C, L>> factories) {
    this.factories = factories;
  }

  /** A list without entries. */
  public static <C, L> LayerFactories<C, L> none() {
    return new LayerFactories<>(Map.of());
  }

  /**
   * This list with an entry more.
   *
   * @param factory makes the layer of a node
   */
  public <N extends Node> LayerFactories<C, L> with(
      Class<N> node, BiFunction<N, C, ? extends L> factory) {
    Map<Class<?>, BiFunction<Node, C, L>> more = new HashMap<>(factories);
    more.put(node, (n, context) -> factory.apply(node.cast(n), context));
    return new LayerFactories<>(more);
  }

  /**
   * The layer of a node.
   *
   * @throws IllegalArgumentException if the engine has none
   */
  public L layer(Node node, C context) {
    BiFunction<Node, C, L> factory = factories.get(node.getClass());
    checkArgument(factory != null, "this engine has no layer for %s", node);
    return factory.apply(node, context);
  }
}

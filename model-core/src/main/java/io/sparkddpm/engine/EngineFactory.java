package io.sparkddpm.engine;

import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.tensor.NamedTensor;
import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/**
 * A compute engine as the jobs see it: makes networks wherever a task runs. Implementations carry
 * no state, travel by Java serialisation and are equal to others that give the same bits in the
 * same place.
 *
 * <p>To add an engine: a {@link TrainableNetwork}, which runs a network's nodes forward and
 * backward and applies {@link Adam} to flat vectors; this factory; an {@link EngineProvider} for
 * {@link java.util.ServiceLoader}; and its settings in {@link EngineConfig}'s list. Losses,
 * averaging, checkpoints and sampling come with it. Its dropout masks, parameters' names, order and
 * first values are the default engine's, so that runs move between engines.
 */
public interface EngineFactory extends Serializable {
  /**
   * A new network; its parameters are undefined until something is loaded.
   *
   * @param threads native threads that one step may use
   */
  TrainableNetwork create(NetworkConfig network, OptimizerConfig optimizer, int threads);

  /** Name of what decides its bits, as artefacts keep it, such as {@code torch-bfloat16-cpu}. */
  String name();

  /**
   * What decides the last bits of its results in the process that asks, beside the number of
   * threads: kernels, width of vectors, builds of libraries, kind of processor; by name.
   */
  default SortedMap<String, String> arithmetic() {
    return Collections.emptySortedMap();
  }

  /** Whether it computes on a graphics card, which {@link #onCard} chooses. */
  default boolean wantsCard() {
    return false;
  }

  /**
   * This engine on one of the graphics cards that the process sees.
   *
   * @param card its place among them, from 0
   * @throws UnsupportedOperationException unless {@link #wantsCard}
   */
  default EngineFactory onCard(int card) {
    throw new UnsupportedOperationException(name() + " does not choose a graphics card");
  }

  /**
   * Memory off the heap of this machine, not of its cards, that a model needs at least to train: by
   * default its parameters, their gradient and two moments, in bytes; activations come on top.
   *
   * @param images in one pass, forward and backward
   */
  default long trainingBytes(NetworkConfig network, int images) {
    return 4L * Float.BYTES * network.spec().parameterCount();
  }

  /** As {@link TrainableNetwork#layout()}, without making a network. */
  default List<NamedTensor> layout(NetworkConfig network) {
    return network.spec().layout();
  }

  /** Parameters at step 0, drawn from the seed alone, flat in {@link #layout}'s order. */
  default float[] initialParameters(NetworkConfig network, long seed) {
    return network.spec().initialParameters(seed);
  }
}

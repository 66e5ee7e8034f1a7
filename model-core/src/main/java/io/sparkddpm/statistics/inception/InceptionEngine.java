package io.sparkddpm.statistics.inception;

import io.sparkddpm.error.UserException;
import io.sparkddpm.statistics.Encoder;
import java.io.Serializable;

/**
 * What computes the Inception network, always in float32. Implementations carry no state, travel by
 * Java serialisation and are equal to others that give the same bits in the same place.
 */
public interface InceptionEngine extends Serializable {
  /** Name of what decides its bits, as artefacts keep it, such as {@code torch-float32-cpu}. */
  String name();

  /** Whether it computes on a graphics card and needs to be given which one. */
  default boolean wantsCard() {
    return false;
  }

  /**
   * This engine on one of the graphics cards that the process sees.
   *
   * @param card its place among them, from 0
   */
  default InceptionEngine onCard(int card) {
    throw new UnsupportedOperationException(name() + " takes no choice of card");
  }

  /**
   * Loads the network's weights.
   *
   * @throws UserException if the graph lacks some, or the engine cannot compute here
   */
  InceptionWeights load(InceptionGraph graph);

  /**
   * Loads a network of the user's in place of Inception.
   *
   * @param script a TorchScript file
   * @param source its name, for messages
   * @throws UserException if it is none, or this engine runs no such files
   */
  default Encoder encoder(byte[] script, String source) {
    throw new UserException("%s is no graph of Inception; TorchScript needs engine=torch", source);
  }
}

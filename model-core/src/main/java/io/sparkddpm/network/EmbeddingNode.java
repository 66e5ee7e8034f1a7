package io.sparkddpm.network;

/**
 * A node that turns what an item is given beside its values (the level of noise, a label) into a
 * vector. The vectors of all embedding nodes are added up; the nodes of the body read the sum.
 */
public interface EmbeddingNode extends Node {
  /** Length of the vector. */
  int width();
}

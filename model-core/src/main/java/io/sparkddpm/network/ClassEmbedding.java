package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.List;

/**
 * A vector for each class, as in guided-diffusion and diffusers; nothing for items without label.
 * The vectors begin with unit variance.
 *
 * @param classes number of labels, which count from 0
 */
public record ClassEmbedding(int classes, int width) implements EmbeddingNode {
  /**
   * Checks what a network learns of labels.
   *
   * @param classes 0: nothing
   * @param labelDropout share of labels that are withheld
   */
  static void checkLabels(int classes, double labelDropout) {
    checkArgument(classes >= 0, "classes must not be negative, got %s", classes);
    checkArgument(
        labelDropout >= 0 && labelDropout < 1,
        "label-dropout must be in [0, 1), got %s",
        labelDropout);
    checkArgument(
        labelDropout == 0 || classes > 0,
        "label-dropout is for networks with classes, got %s with classes = 0",
        labelDropout);
  }

  /** Name of the table, [classes, width]. */
  public String table() {
    return "class_embedding.weight";
  }

  /**
   * Checks the label of an item.
   *
   * @param label negative for none
   * @throws IllegalArgumentException if there is no such class
   */
  public void checkLabel(int label) {
    checkArgument(label < classes, "label %s, but the network has %s classes", label, classes);
  }

  @Override
  public List<ParameterSpec> parameters() {
    return List.of(
        new ParameterSpec(table(), List.of(classes, width), Initializer.STANDARD_NORMAL));
  }

  @Override
  public long flops() {
    return 0;
  }

  /** The vectors. */
  @Override
  public Activations activations() {
    return Activations.of(width);
  }
}

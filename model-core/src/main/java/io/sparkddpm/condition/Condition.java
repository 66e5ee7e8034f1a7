package io.sparkddpm.condition;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.Arrays;

/**
 * What the items of a batch are conditioned on: a class label for each, and, where a model takes
 * them, context vectors. Immutable; threads may share it.
 */
public final class Condition {
  /** The label of an item that has none, and of one whose label was dropped for guidance. */
  public static final int NO_LABEL = -1;

  private final int[] labels;
  private final float[] context;
  private final int contextVectors;
  private final int contextWidth;

  private Condition(int[] labels, float[] context, int contextVectors, int contextWidth) {
    this.labels = labels;
    this.context = context;
    this.contextVectors = contextVectors;
    this.contextWidth = contextWidth;
  }

  /** For {@code count} items without label or context. */
  public static Condition none(int count) {
    int[] labels = new int[count];
    Arrays.fill(labels, NO_LABEL);
    return new Condition(labels, null, 0, 0);
  }

  /**
   * Labels alone.
   *
   * @param labels one an item, from 0, or {@link #NO_LABEL}
   */
  public static Condition labels(int... labels) {
    for (int label : labels) {
      checkArgument(label >= NO_LABEL, "a label must be at least 0, or -1 for none, got %s", label);
    }
    return new Condition(labels.clone(), null, 0, 0);
  }

  /**
   * The same labels with context vectors.
   *
   * @param context [N, vectors, width], row-major; not copied
   */
  public Condition withContext(float[] context, int vectors, int width) {
    checkArgument(
        vectors >= 1 && width >= 1 && context.length == (long) labels.length * vectors * width,
        "context of shape [%s, %s, %s] does not fit %s values",
        labels.length,
        vectors,
        width,
        context.length);
    return new Condition(labels, context, vectors, width);
  }

  /** The same context with other labels. */
  public Condition withLabels(int... labels) {
    checkArgument(labels.length == count(), "%s labels for %s items", labels.length, count());
    return new Condition(labels(labels).labels, context, contextVectors, contextWidth);
  }

  /** Number of items. */
  public int count() {
    return labels.length;
  }

  /** The label of an item, or {@link #NO_LABEL}. */
  public int label(int item) {
    return labels[item];
  }

  /** Whether any item has a label. */
  public boolean hasLabels() {
    return Arrays.stream(labels).anyMatch(l -> l != NO_LABEL);
  }

  /** Whether there are context vectors. */
  public boolean hasContext() {
    return context != null;
  }

  /** Context vectors of one item; 0 if there are none. */
  public int contextVectors() {
    return contextVectors;
  }

  /** Length of a context vector; 0 if there are none. */
  public int contextWidth() {
    return contextWidth;
  }

  /**
   * Copies an item's context.
   *
   * @param to receives [vectors, width] from {@code offset} on
   */
  public void copyContext(int item, float[] to, int offset) {
    int length = contextVectors * contextWidth;
    System.arraycopy(context, item * length, to, offset, length);
  }

  /** The condition of the items [first, first + count). */
  public Condition slice(int first, int count) {
    int length = contextVectors * contextWidth;
    return new Condition(
        Arrays.copyOfRange(labels, first, first + count),
        context == null
            ? null
            : Arrays.copyOfRange(context, first * length, (first + count) * length),
        contextVectors,
        contextWidth);
  }

  /** Each item's condition {@code times} times, one after the other. */
  public Condition repeated(int times) {
    int length = contextVectors * contextWidth;
    int[] all = new int[count() * times];
    float[] contexts = context == null ? null : new float[all.length * length];
    for (int i = 0; i < all.length; i++) {
      all[i] = labels[i / times];
      if (contexts != null) {
        System.arraycopy(context, i / times * length, contexts, i * length, length);
      }
    }
    return new Condition(all, contexts, contextVectors, contextWidth);
  }
}

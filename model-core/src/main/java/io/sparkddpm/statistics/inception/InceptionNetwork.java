package io.sparkddpm.statistics.inception;

import io.sparkddpm.error.UserException;
import io.sparkddpm.statistics.ExtractorIdentity;
import io.sparkddpm.statistics.ResizeMode;
import io.sparkddpm.statistics.inception.InceptionGraph.Convolution;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a graph file says of the network, whatever computes it: its program, the shapes of its
 * convolutions, and the last, fully connected layer. Immutable, thread-safe.
 */
public final class InceptionNetwork {
  private static final String LOGITS = "logits";

  private final String sha256;
  private final Set<InceptionLayer> published;
  private final InceptionProgram program;
  private final Map<String, Convolution> shapes = new LinkedHashMap<>();
  private final float[] classes;
  private final float[] classBias;

  /**
   * Reads it.
   *
   * @throws UserException if the graph lacks a convolution or one has another shape
   */
  public InceptionNetwork(InceptionGraph graph) {
    this.sha256 = graph.sha256();
    this.published = graph.publishedLayers();
    for (String name : InceptionProgram.convolutions(graph)) {
      Convolution conv = name.equals(LOGITS) ? graph.logits() : graph.convolution(name);
      shapes.put(name, conv.withoutValues());
    }
    this.program = InceptionProgram.of(graph, shapes::get);
    Convolution last = graph.logits();
    this.classes = last.weights();
    this.classBias = last.bias();
  }

  /** Gives each convolution with its values, in the order of use; not the last layer. */
  public void forEachConvolution(InceptionGraph graph, Consumer<Convolution> action) {
    for (String name : shapes.keySet()) {
      if (!name.equals(LOGITS)) {
        action.accept(graph.convolution(name));
      }
    }
  }

  ExtractorIdentity identity(ResizeMode mode) {
    return InceptionGraph.identity(sha256, mode);
  }

  /** Whether that layer is the published network's. */
  boolean isPublished(InceptionLayer layer) {
    return published.contains(layer);
  }

  /** What is computed, step by step. */
  public InceptionProgram program() {
    return program;
  }

  /** Geometry of a convolution, without its values. */
  public Convolution shape(String name) {
    return shapes.get(name);
  }

  /** The last layer's weights [1008, 2048]; not to be written to. */
  float[] classes() {
    return classes;
  }

  /** The last layer's bias [1008]; not to be written to. */
  float[] classBias() {
    return classBias;
  }
}

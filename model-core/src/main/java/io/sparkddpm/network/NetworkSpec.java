package io.sparkddpm.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Shape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A network as a list of nodes, whatever the kernels: the one description from which engines build
 * it and all others take its parameters and costs. First the nodes of the embedding, then those of
 * the body, each of which takes what the one before gives. Immutable.
 *
 * <p>To add a kind of node: a record that implements {@link BodyNode} or {@link EmbeddingNode}, a
 * layer in each engine, and a line in each engine's list of layers.
 */
public final class NetworkSpec {
  private final List<EmbeddingNode> embedding;
  private final List<BodyNode> body;
  private final Shape outputShape;
  private final List<ParameterSpec> parameters;
  private final List<NamedTensor> layout;
  private final long embeddingLength;
  private final long length;

  /**
   * Puts nodes together.
   *
   * @param embedding nodes whose sum the body reads; empty for a body that depends on nothing but
   *     its input
   * @param body at least one node
   * @throws IllegalArgumentException if neighbours, skips or widths do not fit, or a name occurs
   *     twice
   */
  public NetworkSpec(List<? extends EmbeddingNode> embedding, List<? extends BodyNode> body) {
    checkArgument(!body.isEmpty(), "a network needs at least one node");
    this.embedding = List.copyOf(embedding);
    this.body = List.copyOf(body);
    checkEmbedding();
    this.outputShape = checkShapes();
    this.parameters = nodes().flatMap(node -> node.parameters().stream()).toList();
    this.layout = layout(parameters);
    this.embeddingLength =
        embedding.stream()
            .flatMap(node -> layout(node.parameters()).stream())
            .mapToLong(NamedTensor::length)
            .sum();
    this.length = layout.stream().mapToLong(NamedTensor::length).sum();
  }

  private void checkEmbedding() {
    int width = embeddingWidth();
    for (EmbeddingNode node : embedding) {
      checkArgument(
          node.width() == width,
          "all embeddings must have a width of %s, but %s does not",
          width,
          node);
    }
    checkArgument(
        embedding.isEmpty() || body.stream().anyMatch(node -> node.embedding() > 0),
        "no node reads the embedding");
    for (BodyNode node : body) {
      checkArgument(
          node.embedding() == 0 || node.embedding() == width,
          "%s does not read an embedding of width %s",
          node,
          width);
    }
  }

  private Shape checkShapes() {
    Deque<Shape> skips = new ArrayDeque<>();
    Shape shape = inputShape();
    for (BodyNode node : body) {
      checkArgument(node.in().equals(shape), "%s follows a node that gives %s", node, shape);
      node.passSkips(skips);
      shape = node.out();
    }
    checkArgument(skips.isEmpty(), "skips of %s are kept and never joined", skips);
    return shape;
  }

  private static List<NamedTensor> layout(List<ParameterSpec> parameters) {
    List<NamedTensor> tensors = new ArrayList<>();
    Set<String> names = new HashSet<>();
    long offset = 0;
    for (ParameterSpec parameter : parameters) {
      checkArgument(names.add(parameter.name()), "two parameters are called %s", parameter.name());
      NamedTensor tensor = new NamedTensor(parameter.name(), parameter.shape(), offset);
      tensors.add(tensor);
      offset += tensor.length();
    }
    return List.copyOf(tensors);
  }

  private Stream<Node> nodes() {
    return Stream.concat(embedding.stream(), body.stream());
  }

  /** Nodes whose vectors are added up before the body. */
  public List<EmbeddingNode> embedding() {
    return embedding;
  }

  /** Nodes from the input to the output. */
  public List<BodyNode> body() {
    return body;
  }

  /** Shape of one input. */
  public Shape inputShape() {
    return body.get(0).in();
  }

  /** Shape of one output. */
  public Shape outputShape() {
    return outputShape;
  }

  /** Width of the embedding; 0 if there is none. */
  public int embeddingWidth() {
    return embedding.isEmpty() ? 0 : embedding.get(0).width();
  }

  /** Names, shapes and offsets of all parameters in the flat vector, without gaps. */
  public List<NamedTensor> layout() {
    return layout;
  }

  /** Number of parameters. */
  public long parameterCount() {
    return length;
  }

  /** Parameters of the embedding, which come first in the flat vector. */
  public long embeddingParameterCount() {
    return embeddingLength;
  }

  /**
   * Parameters at step 0, each tensor's from a stream of its own.
   *
   * @return in the order of {@link #layout}
   */
  public float[] initialParameters(long seed) {
    float[] values = new float[Math.toIntExact(length)];
    for (int i = 0; i < layout.size(); i++) {
      int from = Math.toIntExact(layout.get(i).offset());
      int to = Math.toIntExact(from + layout.get(i).length());
      RandomStream stream = RandomStream.of(seed, Purpose.INIT, i);
      parameters.get(i).initializer().fill(values, from, to, stream);
    }
    return values;
  }

  /** Floating-point operations of one item's prediction. */
  public long forwardFlops() {
    return nodes().mapToLong(Node::flops).sum();
  }

  /** Operations of one item in a training step, whose gradients cost twice the prediction. */
  public long trainingFlops() {
    return 3 * forwardFlops();
  }

  /** What automatic differentiation keeps of one item between forward and backward pass. */
  public Activations activations() {
    return nodes().map(Node::activations).reduce(Activations.NONE, Activations::plus);
  }

  /** Values of the largest input or output of a node, of one item. */
  public long largestActivation() {
    return body.stream()
        .mapToLong(node -> Math.max(node.in().length(), node.out().length()))
        .max()
        .orElseThrow();
  }
}

package io.sparkddpm.statistics.inception;

/** The default: oneDNN in its blocked layout, on the processor. */
public record OneDnnInception() implements InceptionEngine {
  private static final long serialVersionUID = 1L;

  @Override
  public String name() {
    return "dl4j";
  }

  @Override
  public InceptionWeights load(InceptionGraph graph) {
    return new OneDnnWeights(graph);
  }
}

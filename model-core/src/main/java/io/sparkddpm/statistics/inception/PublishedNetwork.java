package io.sparkddpm.statistics.inception;

import io.sparkddpm.statistics.inception.InceptionGraph.Convolution;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Tells the published network from others by what it computes: four sums over each of 92 of its 94
 * convolutions, batch normalisation folded in. The two that are missing lie behind mixed_8; where a
 * layer needs them, the file must have the published size as well.
 */
final class PublishedNetwork {
  private static final String TABLE = "published-convolutions.tsv";

  /**
   * What a sum may miss by, as a share of the sum of magnitudes: folding in float instead of double
   * changes 1e-7 of it, another network all of it.
   */
  private static final double TOLERANCE = 1e-5;

  private PublishedNetwork() {}

  /** The layers of a graph that are the published network's. */
  static Set<InceptionLayer> layers(InceptionGraph graph) {
    Map<String, double[]> expected = table();
    Map<String, Convolution> shapes = new HashMap<>();
    Set<String> agreeing = new HashSet<>();
    for (String name : InceptionProgram.convolutions(graph)) {
      Convolution conv = name.equals("logits") ? graph.logits() : graph.convolution(name);
      shapes.put(name, conv.withoutValues());
      double[] sums = expected.get(name);
      if (sums != null && agree(sums, conv)) {
        agreeing.add(name);
      }
    }
    boolean knownSize = graph.hasPublishedSize() && agreeing.containsAll(expected.keySet());
    InceptionProgram program = InceptionProgram.of(graph, shapes::get);
    Set<InceptionLayer> layers = EnumSet.noneOf(InceptionLayer.class);
    for (InceptionLayer layer : InceptionLayer.values()) {
      boolean own =
          program.stepsUntil(Set.of(layer.tap())).stream()
              .map(InceptionProgram.Step::kernel)
              .allMatch(name -> name == null || agreeing.contains(name));
      if (knownSize || (own && !layer.isLogits())) {
        layers.add(layer);
      }
    }
    return layers;
  }

  private static boolean agree(double[] expected, Convolution conv) {
    double[] weights = sums(conv.weights());
    double[] bias = sums(conv.bias());
    return near(expected[0], weights[0], expected[1])
        && near(expected[1], weights[1], expected[1])
        && near(expected[2], bias[0], expected[3])
        && near(expected[3], bias[1], expected[3]);
  }

  private static boolean near(double expected, double actual, double magnitude) {
    return Math.abs(expected - actual) <= TOLERANCE * magnitude;
  }

  private static double[] sums(float[] values) {
    double sum = 0;
    double magnitude = 0;
    for (float value : values) {
      sum += value;
      magnitude += Math.abs(value);
    }
    return new double[] {sum, magnitude};
  }

  private static Map<String, double[]> table() {
    Map<String, double[]> table = new HashMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                PublishedNetwork.class.getResourceAsStream(TABLE), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("#")) {
          String[] fields = line.split("\t", -1);
          double[] sums = new double[4];
          for (int i = 0; i < sums.length; i++) {
            sums[i] = Double.parseDouble(fields[i + 1]);
          }
          table.put(fields[0], sums);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return table;
  }
}

package io.sparkddpm.spark.evaluation.items;

import io.sparkddpm.medium.Medium;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.text.Grammar;
import io.sparkddpm.text.TextMedium;
import io.sparkddpm.text.Vocabulary;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Texts: how far pairs of neighbouring characters are distributed otherwise, how many samples are
 * different, and how many are in the reference. Where the whole reference is sentences of {@link
 * Grammar}, the share of samples that are so too, and the entropy that bits per character come
 * close to.
 */
final class TextMetric implements ItemMetric {
  private static final String DISTANCE = "pair-divergence-bits";

  @Override
  public boolean measures(Medium medium) {
    return medium instanceof TextMedium;
  }

  @Override
  public String distance() {
    return DISTANCE;
  }

  @Override
  public Map<String, Double> measure(
      JavaSparkContext spark, Items samples, Items reference, Progress progress) {
    List<String> drawn = lines(samples);
    List<String> real = lines(reference);
    Set<String> known = new HashSet<>(real);
    Map<String, Double> numbers = new LinkedHashMap<>();
    if (real.stream().allMatch(Grammar::isValid)) {
      numbers.put("valid", share(drawn.stream().filter(Grammar::isValid).count(), drawn.size()));
      numbers.put(
          "entropy-bits-per-character", Grammar.entropyBits() / reference.values().itemLength());
    }
    numbers.put(DISTANCE, pairDivergence(samples, reference));
    numbers.put("different", share(new HashSet<>(drawn).size(), drawn.size()));
    numbers.put(
        "in-reference", share(drawn.stream().filter(known::contains).count(), drawn.size()));
    return numbers;
  }

  private static double share(long part, int all) {
    return part / (double) all;
  }

  private static List<String> lines(Items items) {
    Medium medium = items.medium();
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < items.count(); i++) {
      lines.add(medium.line(medium.write(items.values(), i), "item " + i));
    }
    return lines;
  }

  /** Jensen–Shannon divergence of the two distributions of pairs, 0 to 1 bit. */
  private static double pairDivergence(Items samples, Items reference) {
    int characters = Vocabulary.of(((TextMedium) samples.medium()).vocabulary()).size();
    double[] p = pairs(samples.values(), characters);
    double[] q = pairs(reference.values(), characters);
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      double mean = (p[i] + q[i]) / 2;
      sum += (term(p[i], mean) + term(q[i], mean)) / 2;
    }
    return sum;
  }

  private static double term(double p, double mean) {
    return p > 0 ? p * StrictMath.log(p / mean) / StrictMath.log(2) : 0;
  }

  /** Share of each pair of neighbours among all; zeros of texts of a single character. */
  private static double[] pairs(Batch texts, int characters) {
    double[] shares = new double[characters * characters];
    double each = 1.0 / Math.max(1, texts.count() * (long) (texts.itemLength() - 1));
    for (int n = 0; n < texts.count(); n++) {
      for (int i = texts.offset(n) + 1; i < texts.offset(n + 1); i++) {
        shares[(int) texts.data()[i - 1] * characters + (int) texts.data()[i]] += each;
      }
    }
    return shares;
  }
}

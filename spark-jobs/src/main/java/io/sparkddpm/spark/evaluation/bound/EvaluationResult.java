package io.sparkddpm.spark.evaluation.bound;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.diffusion.BoundEstimate;
import io.sparkddpm.diffusion.BoundProfile;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;

/**
 * What an evaluation found; its JSON form is {@code evaluation.json}.
 *
 * @param checkpoint that was measured
 * @param step its training steps
 * @param weights {@code raw} or an average's name
 * @param prediction what the network predicts
 * @param variance of the reverse process
 * @param clipX0 whether the predicted x_0 is clipped
 * @param timesteps T of the schedule
 * @param measured evaluations for each image; fewer than T: terms are estimated at one t of each
 *     range of timesteps
 * @param seed of the noise
 * @param sets one for each dataset
 * @param gaps how many more bits each later set takes than the first
 */
public record EvaluationResult(
    String checkpoint,
    long step,
    String weights,
    String prediction,
    String variance,
    boolean clipX0,
    int timesteps,
    int measured,
    long seed,
    List<MeasuredImages> sets,
    List<Gap> gaps) {
  /** Copies the lists. */
  public EvaluationResult {
    sets = List.copyOf(sets);
    gaps = List.copyOf(gaps);
  }

  /**
   * The bound of a dataset.
   *
   * @param dataset where it lies
   * @param fingerprint of its content
   * @param images that were measured
   * @param imagesInAll that it has
   * @param bound in bits per dimension
   */
  public record MeasuredImages(
      String dataset, String fingerprint, long images, long imagesInAll, BoundProfile bound) {}

  /**
   * How far two datasets are apart.
   *
   * @param first mostly what was trained on
   * @param second mostly what was not
   * @param bitsPerDim how many bits per dimension the second takes more
   */
  public record Gap(String first, String second, BoundEstimate bitsPerDim) {}

  /** Of measured sets. */
  static EvaluationResult of(Checkpoint checkpoint, EvaluatePlan plan, List<MeasuredImages> sets) {
    SortedMap<String, String> keys = ConfigText.flatten(plan.diffusion());
    List<Gap> gaps = new ArrayList<>();
    MeasuredImages first = sets.get(0);
    for (MeasuredImages other : sets.subList(1, sets.size())) {
      gaps.add(
          new Gap(
              first.dataset(),
              other.dataset(),
              other.bound().total().minus(first.bound().total())));
    }
    return new EvaluationResult(
        checkpoint.uri().toString(),
        checkpoint.step(),
        plan.weights(),
        keys.get("prediction"),
        keys.get("variance"),
        plan.diffusion().clipX0(),
        plan.schedule().steps(),
        plan.ranges().count(),
        plan.evaluate().seed(),
        sets,
        gaps);
  }

  /** The bounds by short names, which differ. */
  Map<String, BoundProfile> byName() {
    Map<String, BoundProfile> named = new LinkedHashMap<>();
    for (MeasuredImages set : sets) {
      String name = lastName(set.dataset());
      while (named.containsKey(name)) {
        name += "'";
      }
      named.put(name, set.bound());
    }
    return named;
  }

  private static String lastName(String uri) {
    String path = uri.replaceAll("/+$", "");
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** A line for each dataset and each gap. */
  public List<String> summary() {
    List<String> lines = new ArrayList<>();
    byName()
        .forEach(
            (name, bound) ->
                lines.add(
                    String.format(
                        Locale.ROOT,
                        "%s: %s bits/dim; L_T %.2g, rate %.4f, L_0 %.4f; distortion %.3f",
                        name,
                        text(bound.total()),
                        bound.prior(),
                        bound.rate(),
                        bound.decoder(),
                        bound.levels().get(0).distortion())));
    for (Gap gap : gaps) {
      lines.add(
          String.format(
              Locale.ROOT,
              "gap of %s to %s: %s",
              lastName(gap.second()),
              lastName(gap.first()),
              text(gap.bitsPerDim())));
    }
    return lines;
  }

  private static String text(BoundEstimate estimate) {
    return String.format(
        Locale.ROOT,
        "%.4f (95 %%: %.4f to %.4f)",
        estimate.mean(),
        estimate.low(),
        estimate.high());
  }

  /** Indented JSON in UTF-8. */
  byte[] toJson() {
    try {
      return (mapper().writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("numbers and texts are always JSON", e);
    }
  }

  /**
   * Reads {@link #toJson}.
   *
   * @param file where the text lies
   * @throws UserException naming the file, if it holds none
   */
  static EvaluationResult fromJson(byte[] json, URI file) {
    try {
      return mapper().readValue(json, EvaluationResult.class);
    } catch (IOException e) {
      throw new UserException(e, "%s holds no evaluation: %s", file, e.getMessage());
    }
  }

  private static ObjectMapper mapper() {
    return new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
  }
}

package io.sparkddpm.engine;

import static io.sparkddpm.error.Checks.checkArgument;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.error.UserException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a run reports of some consecutive steps. Loss and norm are as of before each step, meaned
 * over the steps; everything but the times is the same in every repetition of the run.
 *
 * @param step steps taken so far, the last of these included
 * @param loss mean of the batches' losses
 * @param lossByQuarter mean squared error of the images whose t fell into each quarter of [0, T);
 *     NaN where none did, or the objective has no timesteps
 * @param meanErrorByQuarter of the same images: squared error of ε in the mean of a channel, by the
 *     variance of that mean; 1 where a network knows nothing of an image's overall brightness, NaN
 *     where it was not noted
 * @param gradientNorm mean L2 norm of the gradient before clipping; where parameters are averaged,
 *     the workers' own norms, weighted by examples
 * @param learningRate of the last of these steps
 * @param examples images seen by these steps
 * @param imagesPerSecond images by wall-clock seconds, over the whole cluster
 * @param computeSeconds of the slowest worker in these steps
 * @param communicationSeconds the rest of the wall-clock time
 */
public record TrainingMetrics(
    long step,
    double loss,
    List<Double> lossByQuarter,
    List<Double> meanErrorByQuarter,
    double gradientNorm,
    double learningRate,
    long examples,
    double imagesPerSecond,
    double computeSeconds,
    double communicationSeconds) {

  private static final String MEAN_ERRORS = "meanErrorByQuarter";
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Checks the shape. */
  public TrainingMetrics {
    lossByQuarter = List.copyOf(lossByQuarter);
    meanErrorByQuarter = List.copyOf(meanErrorByQuarter);
    checkArgument(lossByQuarter.size() == 4, "need 4 quarters, got %s", lossByQuarter.size());
    checkArgument(
        meanErrorByQuarter.size() == 4, "need 4 quarters, got %s", meanErrorByQuarter.size());
  }

  /** One line of JSON, without the line break; a NaN is written as null. */
  public String toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("step", step);
    put(node, "loss", loss);
    put(node, "lossByQuarter", lossByQuarter);
    put(node, MEAN_ERRORS, meanErrorByQuarter);
    put(node, "gradientNorm", gradientNorm);
    put(node, "learningRate", learningRate);
    node.put("examples", examples);
    put(node, "imagesPerSecond", imagesPerSecond);
    put(node, "computeSeconds", computeSeconds);
    put(node, "communicationSeconds", communicationSeconds);
    return node.toString();
  }

  /**
   * Reads {@link #toJson}'s line.
   *
   * @param place file and line, for the message
   * @throws UserException if the line is not one of ours
   */
  public static TrainingMetrics fromJson(String line, String place) {
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new UserException(e, "%s is not a line of metrics: %s", place, e.getOriginalMessage());
    }
    JsonNode quarters = node.path("lossByQuarter");
    boolean whole = node.path("step").isIntegralNumber() && node.path("step").canConvertToLong();
    if (!whole || !node.has("loss") || !quarters.isArray() || quarters.size() != 4) {
      throw new UserException(
          "%s is not a line of metrics: step, loss or lossByQuarter missing", place);
    }
    List<Double> byQuarter = new ArrayList<>();
    quarters.forEach(q -> byQuarter.add(number(q)));
    List<Double> meanErrors = new ArrayList<>();
    for (int q = 0; q < 4; q++) {
      meanErrors.add(number(node.path(MEAN_ERRORS).path(q))); // not in lines of earlier versions
    }
    return new TrainingMetrics(
        node.get("step").asLong(),
        number(node.get("loss")),
        byQuarter,
        meanErrors,
        number(node.path("gradientNorm")),
        number(node.path("learningRate")),
        node.path("examples").asLong(),
        number(node.path("imagesPerSecond")),
        number(node.path("computeSeconds")),
        number(node.path("communicationSeconds")));
  }

  private static void put(ObjectNode node, String key, List<Double> byQuarter) {
    ArrayNode array = node.putArray(key);
    for (double value : byQuarter) {
      if (Double.isFinite(value)) {
        array.add(value);
      } else {
        array.addNull();
      }
    }
  }

  private static void put(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }

  private static double number(JsonNode node) {
    return node.isNumber() ? node.asDouble() : Double.NaN;
  }
}

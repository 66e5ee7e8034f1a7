package io.sparkddpm.spark.evaluation.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.Labels;
import io.sparkddpm.statistics.FeatureFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Class labels as EDM and StyleGAN write them beside the images: {@code {"labels": [["file", 3],
 * …]}}, or null for none. Names of classes are taken as well.
 */
final class DatasetJson {
  static final String NAME = "dataset.json";

  private static final int SHOWN = 60;
  private static final ObjectMapper MAPPER = // NaN is refused as a label, by its file's name
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final String source;
  private final Map<String, JsonNode> labels = new HashMap<>();

  private DatasetJson(String source) {
    this.source = source;
  }

  /**
   * Reads the file.
   *
   * @param source its name, for messages
   * @throws UserException if it is not JSON, or its labels are no list of pairs
   */
  static DatasetJson read(byte[] json, String source) {
    DatasetJson read = new DatasetJson(source);
    JsonNode whole;
    try {
      whole = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new UserException(
          e,
          "%s cannot be read: %s",
          source,
          e.getOriginalMessage().lines().findFirst().orElse("it is not JSON"));
    } catch (IOException e) {
      throw new UserException(e, "%s cannot be read: %s", source, e.getMessage());
    }
    if (!whole.isObject()) {
      throw new UserException(
          "%s must hold {\"labels\": [[\"file\", 3], …]}, got %s",
          source, whole.isMissingNode() ? "nothing" : shown(whole));
    }
    JsonNode pairs = whole.path("labels");
    if (pairs.isMissingNode() || pairs.isNull()) {
      return read;
    }
    if (!pairs.isArray()) {
      throw new UserException(
          "%s: its labels must be a list [[\"file\", 3], …] or null, not %s", source, shown(pairs));
    }
    for (JsonNode pair : pairs) {
      if (!pair.isArray() || pair.size() != 2 || !pair.get(0).isTextual()) {
        throw new UserException(
            "%s: each label must be a pair [\"file\", 3], not %s", source, shown(pair));
      }
      if (read.labels.put(pair.get(0).textValue(), pair.get(1)) != null) {
        throw new UserException("%s has two labels for %s", source, shown(pair.get(0)));
      }
    }
    return read;
  }

  /**
   * The labels of images.
   *
   * @param images their names, as the file has them
   * @param files all names that it may have labels for
   * @throws UserException if it labels other files, or a label is neither a whole number from 0 nor
   *     a name, or numbers and names are mixed
   */
  Labels of(List<String> images, Set<String> files) {
    labels.forEach(
        (file, label) -> {
          if (!files.contains(file)) {
            throw new UserException(
                "%s has a label for %s, which is not there", source, shown(TextNode.valueOf(file)));
          }
        });
    List<String> names = new ArrayList<>();
    int[] numbers = new int[images.size()];
    boolean anyName = labels.values().stream().anyMatch(JsonNode::isTextual);
    for (int i = 0; i < numbers.length; i++) {
      JsonNode label = labels.get(images.get(i));
      String place = source + ": " + images.get(i).replaceAll("\\p{Cc}", "?");
      if (label == null) {
        numbers[i] = FeatureFile.NO_LABEL;
        names.add("");
      } else if (anyName) {
        names.add(name(label, place));
      } else {
        numbers[i] =
            Labels.whole(label.isNumber() ? label.doubleValue() : Double.NaN)
                .orElseThrow(Labels.wrong(place, shown(label)));
      }
    }
    return anyName ? Labels.ofNames(names) : new Labels(numbers, List.of());
  }

  private static String name(JsonNode label, String place) {
    if (!label.isTextual() || label.textValue().isBlank()) {
      throw new UserException("%s has the label %s, where others have names", place, shown(label));
    }
    return label.textValue();
  }

  private static String shown(JsonNode node) {
    String text = node.toString().replaceAll("\\p{Cc}", " ");
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}

package io.sparkddpm.interchange;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.error.UserException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A configuration file of another program, read key by key. Every key is either taken, or must have
 * the one value that can be represented here; all problems are reported together. Keys that begin
 * with an underscore describe the file. One thread at a time.
 */
final class ForeignConfig {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String origin;
  private final JsonNode root;
  private final Set<String> read = new TreeSet<>();
  private final List<String> problems = new ArrayList<>();

  /**
   * @param json an object
   * @param origin the file's name, for messages
   * @throws UserException if it is none
   */
  ForeignConfig(String json, String origin) {
    this.origin = origin;
    try {
      this.root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new UserException(e, "%s is not JSON: %s", origin, e.getOriginalMessage());
    }
    if (root == null || !root.isObject()) {
      throw new UserException("%s is not a JSON object", origin);
    }
  }

  /** A value, or what the other program takes where the key is absent. */
  private JsonNode value(String key, Object absent) {
    read.add(key);
    return root.has(key) ? root.get(key) : JSON.valueToTree(absent);
  }

  /** Refuses a key whose value is not the one that can be represented. */
  void require(String key, Object absent, Object required) {
    JsonNode value = value(key, absent);
    JsonNode wanted = JSON.valueToTree(required);
    boolean same =
        value.isNumber() && wanted.isNumber()
            ? value.doubleValue() == wanted.doubleValue()
            : value.equals(wanted);
    if (!same) {
      problem(key, absent, "only " + wanted + " is supported");
    }
  }

  /** Takes a key whose value does not matter here. */
  void ignore(String... keys) {
    read.addAll(List.of(keys));
  }

  /** A whole number; null stands for {@code ifNull}. */
  int integer(String key, Object absent, int ifNull) {
    JsonNode value = value(key, absent);
    if (value.isNull()) {
      return ifNull;
    }
    if (!value.canConvertToInt() || !value.isIntegralNumber()) {
      problem(key, absent, "it must be a whole number");
      return ifNull;
    }
    return value.intValue();
  }

  double number(String key, double absent) {
    return value(key, absent, JsonNode::isNumber, JsonNode::doubleValue, "it must be a number");
  }

  boolean bool(String key, boolean absent) {
    return value(
        key, absent, JsonNode::isBoolean, JsonNode::booleanValue, "it must be true or false");
  }

  String text(String key, String absent) {
    return value(key, absent, JsonNode::isTextual, JsonNode::textValue, "it must be a text");
  }

  private <T> T value(
      String key,
      T absent,
      Predicate<JsonNode> fits,
      Function<JsonNode, T> converted,
      String otherwise) {
    JsonNode value = value(key, absent);
    if (!fits.test(value)) {
      problem(key, absent, otherwise);
      return absent;
    }
    return converted.apply(value);
  }

  List<String> texts(String key, List<String> absent) {
    List<String> texts = new ArrayList<>();
    for (JsonNode item : list(key, absent)) {
      texts.add(item.asText());
    }
    return texts;
  }

  List<Integer> integers(String key, List<Integer> absent) {
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode item : list(key, absent)) {
      if (!item.isIntegralNumber() || !item.canConvertToInt()) {
        problem(key, absent, "it must be a list of whole numbers");
        return absent;
      }
      numbers.add(item.intValue());
    }
    return numbers;
  }

  private Iterable<JsonNode> list(String key, List<?> absent) {
    JsonNode value = value(key, absent);
    if (!value.isArray()) {
      problem(key, absent, "it must be a list");
      return JSON.valueToTree(absent);
    }
    return value;
  }

  /** Notes what is wrong with a key. */
  void problem(String key, Object absent, String what) {
    String is =
        root.has(key)
            ? key + " is " + root.get(key)
            : key + " is absent, which means " + JSON.valueToTree(absent);
    problems.add(is + ", " + what);
  }

  /**
   * Ends reading.
   *
   * @throws UserException naming every problem, and every key that has not been read and is set
   */
  void check() {
    root.fieldNames()
        .forEachRemaining(
            key -> {
              boolean set =
                  !root.get(key).isNull() && !root.get(key).equals(JSON.valueToTree(false));
              if (set && !key.startsWith("_") && !read.contains(key)) {
                problems.add(key + " is " + root.get(key) + ", this key is not known here");
              }
            });
    if (!problems.isEmpty()) {
      throw refused();
    }
  }

  private UserException refused() {
    return new UserException("%s cannot be represented: %s", origin, String.join("; ", problems));
  }

  /** What describes a value that its record refuses. */
  UserException refused(IllegalArgumentException e) {
    return new UserException(e, "%s cannot be represented: %s", origin, e.getMessage());
  }
}

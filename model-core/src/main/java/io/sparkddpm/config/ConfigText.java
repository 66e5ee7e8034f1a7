package io.sparkddpm.config;

import com.typesafe.config.ConfigUtil;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes records as keys and values: the inverse of {@link ConfigBinder}, for people, artefacts and
 * fingerprints.
 */
public final class ConfigText {
  private ConfigText() {}

  /**
   * Every key of a record, dotted, with its value as text that {@link ConfigLayer} takes back;
   * without those that follow from another record's keys ({@link Key#derived}).
   */
  public static SortedMap<String, String> flatten(Record record) {
    SortedMap<String, String> values = new TreeMap<>();
    flatten(record, "", values);
    return values;
  }

  /**
   * The keys of a record as artefacts and fingerprints hold them: by the names that they have there
   * ({@link Key#recordedAs}), and without those that are what they were before there was such a key
   * ({@link Key#absent}).
   */
  public static SortedMap<String, String> recorded(Record record) {
    SortedMap<String, String> values = new TreeMap<>();
    record(record, "", true, values);
    return values;
  }

  /** The record as HOCON, one dotted key a line, sorted. */
  public static String render(Record record) {
    return render(flatten(record));
  }

  /** What {@link #flatten} gave, as HOCON, in the same order. */
  public static String render(SortedMap<String, String> values) {
    return values.entrySet().stream()
        .map(e -> e.getKey() + " = " + quoted(e.getValue()) + "\n")
        .collect(Collectors.joining());
  }

  private static String quoted(String value) {
    return value.startsWith("[") || value.matches("[A-Za-z0-9_.+-]+")
        ? value
        : ConfigUtil.quoteString(value);
  }

  private static void flatten(Record record, String prefix, Map<String, String> into) {
    for (RecordComponent component : ConfigSchema.components(record.getClass())) {
      String key = prefix + ConfigKeys.ofComponent(component.getName());
      Object value = ConfigSchema.read(record, component);
      if (Alternatives.exist(component.getType())) {
        into.put(key + "." + Alternatives.TYPE, Alternatives.name(value.getClass()));
      }
      if (isSection(component, value)) {
        flatten((Record) value, key + ".", into);
      } else if (value != null) {
        into.put(key, text(value));
      }
    }
  }

  private static boolean isSection(RecordComponent component, Object value) {
    return value instanceof Record || Alternatives.exist(component.getType());
  }

  /**
   * @param isChosen false for an alternative that is not, of which artefacts hold some keys
   */
  private static void record(
      Record record, String prefix, boolean isChosen, Map<String, String> into) {
    for (RecordComponent component : ConfigSchema.components(record.getClass())) {
      String key = prefix + ConfigKeys.ofComponent(component.getName());
      Object value = ConfigSchema.read(record, component);
      Optional<String> recordedAs = ConfigSchema.recordedAs(component, prefix);
      if (Alternatives.exist(component.getType())) {
        String name = recordedAs.orElse(key + "." + Alternatives.TYPE);
        put(component, name, Alternatives.name(value.getClass()), isChosen, into);
        for (Class<? extends Record> other : Alternatives.of(component.getType())) {
          if (!other.isInstance(value)) {
            record(Alternatives.defaults(other), key + ".", false, into);
          }
        }
      }
      if (isSection(component, value)) {
        record((Record) value, key + ".", isChosen, into);
      } else if (value != null) {
        put(component, recordedAs.orElse(key), text(value), isChosen, into);
      }
    }
  }

  private static void put(
      RecordComponent component,
      String name,
      String value,
      boolean isChosen,
      Map<String, String> into) {
    Key key = component.getAnnotation(Key.class);
    boolean isHeld = isChosen || key != null && !key.recordedAs().isEmpty();
    if (isHeld && !isAsBefore(component, value)) {
      into.put(name, value);
    }
  }

  private static boolean isAsBefore(RecordComponent component, String value) {
    return ConfigSchema.absent(component).filter(value::equals).isPresent();
  }

  /** A value as configurations have it, such as {@code beta-tilde} of an enum's constant. */
  public static String text(Object value) {
    if (value instanceof Optional) {
      return ((Optional<?>) value).map(ConfigText::text).orElse("none");
    }
    if (value instanceof List) {
      return ((List<?>) value)
          .stream().map(v -> quoted(text(v))).collect(Collectors.joining(", ", "[", "]"));
    }
    return value instanceof Enum ? ConfigKeys.ofEnum((Enum<?>) value) : String.valueOf(value);
  }
}

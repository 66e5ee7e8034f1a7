package io.sparkddpm.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All keys that a configuration may have, as its records declare them: those of every alternative,
 * not only of the chosen ones. Immutable.
 */
public final class ConfigSchema {
  private final List<Entry> entries;
  private final Map<String, Entry> byAlias;

  /**
   * One key, or a section of keys.
   *
   * @param path the key, dotted
   * @param description what it sets; empty where nothing is declared
   * @param kind what its value must be; empty for a section
   * @param defaultValue what it is where nothing sets it, as text that {@link ConfigLayer} takes
   *     or, if it follows from other keys, in words; empty for a section
   * @param of the alternative that it is a key of, if it is not one of every configuration
   * @param aliases former names, dotted
   */
  public record Entry(
      String path,
      String description,
      Optional<String> kind,
      Optional<String> defaultValue,
      Optional<Owner> of,
      List<String> aliases) {
    /** Whether it is a section of keys. */
    public boolean isSection() {
      return kind.isEmpty();
    }
  }

  /**
   * An alternative of a section.
   *
   * @param section with a {@code type}
   * @param type its value
   */
  public record Owner(String section, String type) {}

  /** Asked once a class: reflection reads annotations anew with each copy that it hands out. */
  private static final ClassValue<List<RecordComponent>> COMPONENTS =
      new ClassValue<>() {
        @Override
        protected List<RecordComponent> computeValue(Class<?> type) {
          List<RecordComponent> components = List.of(type.getRecordComponents());
          components.forEach(c -> c.getAccessor().setAccessible(true));
          return components;
        }
      };

  private ConfigSchema(List<Entry> entries) {
    this.entries = List.copyOf(entries);
    byAlias = new LinkedHashMap<>();
    for (Entry entry : entries) {
      entry.aliases().forEach(alias -> byAlias.putIfAbsent(alias, entry));
    }
  }

  /** Of a configuration with its defaults. */
  public static ConfigSchema of(Record defaults) {
    List<Entry> entries = new ArrayList<>();
    collect(defaults, List.of(""), Optional.empty(), entries);
    return new ConfigSchema(entries);
  }

  /** Sections and keys, each after the section that it stands in. */
  public List<Entry> entries() {
    return entries;
  }

  /** The key or section of that name; several where alternatives share one. */
  public List<Entry> find(String path) {
    return entries.stream().filter(e -> e.path().equals(path)).toList();
  }

  /** The key that had this name formerly, or that has it now. */
  public String canonical(String path) {
    Entry entry = byAlias.get(path);
    return entry == null ? path : entry.path();
  }

  /** The known key that is most like {@code key}, whole or by its last part. */
  public Optional<String> nearest(String key) {
    return ConfigKeys.nearest(key, keys());
  }

  /** All keys, without sections. */
  public Set<String> keys() {
    return entries.stream()
        .filter(e -> !e.isSection())
        .map(Entry::path)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Of a key under its former name. */
  Optional<Entry> byAlias(String path) {
    return Optional.ofNullable(byAlias.get(path));
  }

  private static void collect(
      Record defaults, List<String> prefixes, Optional<Owner> of, List<Entry> into) {
    for (RecordComponent component : components(defaults.getClass())) {
      List<String> paths = paths(component, prefixes);
      String path = paths.get(0);
      Object value = read(defaults, component);
      Key key = component.getAnnotation(Key.class);
      String description = key == null ? "" : key.value();
      List<String> aliases = formerly(component, prefixes.get(0));
      if (Alternatives.exist(component.getType())) {
        into.add(section(path, description, of, aliases));
        collectAlternatives((Record) value, component.getType(), paths, of, into);
      } else if (value instanceof Record section) {
        into.add(section(path, description, of, aliases));
        collect(section, paths.stream().map(p -> p + ".").toList(), of, into);
      } else {
        into.add(
            new Entry(
                path,
                description,
                Optional.of(kind(component.getGenericType(), key)),
                Optional.of(isDerived(component) ? key.derived() : ConfigText.text(value)),
                of,
                aliases));
      }
    }
  }

  private static Entry section(
      String path, String description, Optional<Owner> of, List<String> aliases) {
    return new Entry(path, description, Optional.empty(), Optional.empty(), of, aliases);
  }

  private static void collectAlternatives(
      Record chosen, Class<?> choice, List<String> paths, Optional<Owner> of, List<Entry> into) {
    String path = paths.get(0);
    String types =
        Alternatives.of(choice).stream()
            .map(r -> Alternatives.name(r) + ": " + Alternatives.annotation(r).description())
            .collect(Collectors.joining("; "));
    into.add(
        new Entry(
            path + "." + Alternatives.TYPE,
            types,
            Optional.of("one of " + String.join(", ", Alternatives.names(choice))),
            Optional.of(Alternatives.name(chosen.getClass())),
            of,
            List.of()));
    List<String> prefixes = paths.stream().map(p -> p + ".").toList();
    for (Class<? extends Record> alternative : Alternatives.of(choice)) {
      Record defaults =
          alternative.isInstance(chosen) ? chosen : Alternatives.defaults(alternative);
      Owner owner = new Owner(path, Alternatives.name(alternative));
      collect(defaults, prefixes, Optional.of(owner), into);
    }
  }

  /** The components of a record, in order. */
  static List<RecordComponent> components(Class<?> type) {
    return COMPONENTS.get(type);
  }

  /** The path of a component and its former ones, in a section that may have had others too. */
  static List<String> paths(RecordComponent component, List<String> prefixes) {
    String name = ConfigKeys.ofComponent(component.getName());
    Set<String> paths = new LinkedHashSet<>();
    prefixes.forEach(prefix -> paths.add(prefix + name));
    prefixes.forEach(prefix -> paths.addAll(formerly(component, prefix)));
    return List.copyOf(paths);
  }

  /** Former paths of a component itself, not of the section that it stands in. */
  private static List<String> formerly(RecordComponent component, String prefix) {
    Key key = component.getAnnotation(Key.class);
    if (key == null) {
      return List.of();
    }
    String now = prefix + ConfigKeys.ofComponent(component.getName());
    return Stream.concat(Stream.of(key.recordedAs()), Arrays.stream(key.aliases()))
        .filter(alias -> !alias.isEmpty())
        .flatMap(alias -> resolved(prefix, alias).stream())
        .filter(path -> !path.equals(now))
        .distinct()
        .toList();
  }

  /** The path of a component in artefacts, if that is declared. */
  static Optional<String> recordedAs(RecordComponent component, String prefix) {
    Key key = component.getAnnotation(Key.class);
    return key == null || key.recordedAs().isEmpty()
        ? Optional.empty()
        : resolved(prefix, key.recordedAs());
  }

  /** Empty for a name above the record that is bound, as where a section is bound by itself. */
  private static Optional<String> resolved(String prefix, String alias) {
    String section = prefix;
    String rest = alias;
    while (rest.startsWith("../")) {
      if (section.isEmpty()) {
        return Optional.empty();
      }
      section = section.substring(0, section.length() - 1);
      section = section.substring(0, section.lastIndexOf('.') + 1);
      rest = rest.substring(3);
    }
    return Optional.of(section + rest);
  }

  /** What a key was before there was one, if that is declared. */
  static Optional<String> absent(RecordComponent component) {
    Key key = component.getAnnotation(Key.class);
    return key == null || key.absent().isEmpty() ? Optional.empty() : Optional.of(key.absent());
  }

  /** Whether a key's default follows from other keys. */
  private static boolean isDerived(RecordComponent component) {
    Key key = component.getAnnotation(Key.class);
    return key != null && !key.derived().isEmpty();
  }

  /** What a key is where nothing sets it; null: its record finds it. */
  static Object fallback(Record defaults, RecordComponent component) {
    return isDerived(component) ? null : read(defaults, component);
  }

  static Object read(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("cannot read " + component + " of " + record, e);
    }
  }

  /** The interval that a key's numbers must lie in. */
  static Optional<Range> range(Key key) {
    return key == null || key.range().isEmpty()
        ? Optional.empty()
        : Optional.of(Range.parse(key.range()));
  }

  private static String kind(Type type, Key key) {
    String kind = kindOf(type);
    return range(key).map(r -> kind + ", " + r).orElse(kind);
  }

  /** What a value of a type must be, in words. */
  static String kindOf(Type type) {
    if (type instanceof ParameterizedType generic) {
      String element = kindOf(generic.getActualTypeArguments()[0]);
      return generic.getRawType() == List.class
          ? "a list, each item " + element
          : element + ", or none";
    }
    Class<?> raw = (Class<?>) type;
    if (raw.isEnum()) {
      return "one of "
          + Arrays.stream(raw.getEnumConstants())
              .map(c -> ConfigKeys.ofEnum((Enum<?>) c))
              .collect(Collectors.joining(", "));
    }
    if (raw == boolean.class || raw == Boolean.class) {
      return "true or false";
    }
    if (raw == double.class || raw == Double.class) {
      return "a number";
    }
    return raw == String.class ? "text" : raw == URI.class ? "a URI" : "a whole number";
  }

  /** Whether a number, or each number of a list, lies in an interval. */
  static boolean holds(Range range, Object value) {
    if (value instanceof List<?> list) {
      return list.stream().allMatch(item -> holds(range, item));
    }
    if (value instanceof Optional<?> optional) {
      return optional.map(item -> holds(range, item)).orElse(true);
    }
    return range.holds(new BigDecimal(String.valueOf(value)));
  }
}

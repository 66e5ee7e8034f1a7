package io.sparkddpm.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.sparkddpm.error.UserException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Binds layers of configuration to a record and back. Components may be {@code int}, {@code long},
 * {@code double}, {@code boolean}, {@code String}, {@code URI}, enums, records, interfaces with
 * {@link OneOf}, and {@code List}s and {@code Optional}s of values. All problems are found before
 * any is reported.
 */
public final class ConfigBinder {
  private final List<ConfigLayer.Part> parts;
  private final Record defaults;
  private final List<String> problems = new ArrayList<>();
  private final Set<String> notices = new LinkedHashSet<>();
  private final SortedMap<String, Source> sources = new TreeMap<>();

  private ConfigSchema schema;

  /** Places in each part that a key was read from. */
  private final List<Set<String>> read = new ArrayList<>();

  /** The part that chose the type of a section, by the section. */
  private final Map<String, Integer> deciders = new HashMap<>();

  /** The chosen type of a section. */
  private final Map<String, String> types = new HashMap<>();

  /**
   * What layers come to.
   *
   * @param value the configuration
   * @param sources where each key was set, by its present name; without those that are at their
   *     defaults
   * @param notices lines for people: keys that have another name now, or that were passed over
   */
  public record Bound<T>(T value, SortedMap<String, Source> sources, List<String> notices) {}

  /**
   * Where a key was set.
   *
   * @param layer such as {@code --set} or a file's name
   * @param place such as a file with its line
   */
  public record Source(String layer, String place) {}

  private ConfigBinder(ConfigLayer layer, Record defaults) {
    this.parts = layer.parts();
    this.defaults = defaults;
    parts.forEach(part -> read.add(new HashSet<>()));
  }

  /** Only what is not understood asks for it. */
  private ConfigSchema schema() {
    if (schema == null) {
      schema = ConfigSchema.of(defaults);
    }
    return schema;
  }

  /**
   * The record that {@code layer} describes.
   *
   * @param defaults supplies what the layer does not set
   * @throws UserException naming all unknown keys (each with the nearest known one), values of the
   *     wrong type or outside their range, and values that the records refuse
   */
  public static <T extends Record> T bind(T defaults, ConfigLayer layer) {
    return resolve(defaults, layer).value();
  }

  /**
   * As {@link #bind}, with what there is to say of it.
   *
   * @throws UserException as {@link #bind}
   */
  public static <T extends Record> Bound<T> resolve(T defaults, ConfigLayer layer) {
    ConfigBinder binder = new ConfigBinder(layer, defaults);
    Object bound;
    try {
      bound = binder.bindRecord(defaults.getClass(), defaults, List.of(""));
      for (int i = 0; i < binder.parts.size(); i++) {
        binder.reportUnread(i, binder.parts.get(i).root(), "");
      }
    } catch (StackOverflowError e) {
      throw new UserException(e, "configuration: a value is nested too deeply");
    }
    List<String> problems = binder.problems.stream().distinct().toList();
    if (!problems.isEmpty()) {
      throw new UserException(
          "%s",
          problems.size() == 1
              ? "configuration: " + problems.get(0)
              : "configuration: " + problems.size() + " problems: " + String.join("; ", problems));
    }
    @SuppressWarnings("unchecked")
    T result = (T) bound;
    return new Bound<>(
        result, Collections.unmodifiableSortedMap(binder.sources), List.copyOf(binder.notices));
  }

  /** Every key of a record, dotted, with its value as text that {@link ConfigLayer} takes back. */
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

  /**
   * The values of {@code type} for a choice.
   *
   * @param choice an interface with {@link OneOf}
   */
  public static List<String> types(Class<?> choice) {
    return Alternatives.names(choice);
  }

  /** The {@code type} that chooses an alternative's record. */
  public static String type(Object alternative) {
    return Alternatives.name(alternative.getClass());
  }

  private static String quoted(String value) {
    return value.startsWith("[") || value.matches("[A-Za-z0-9_.+-]+")
        ? value
        : ConfigUtil.quoteString(value);
  }

  private static void flatten(Record record, String prefix, Map<String, String> into) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      String key = prefix + ConfigKeys.ofComponent(component.getName());
      Object value = ConfigSchema.read(record, component);
      if (Alternatives.exist(component.getType())) {
        into.put(key + "." + Alternatives.TYPE, type(value));
      }
      if (isSection(component, value)) {
        flatten((Record) value, key + ".", into);
      } else {
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
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      String key = prefix + ConfigKeys.ofComponent(component.getName());
      Object value = ConfigSchema.read(record, component);
      Optional<String> recordedAs = ConfigSchema.recordedAs(component, prefix);
      if (Alternatives.exist(component.getType())) {
        String name = recordedAs.orElse(key + "." + Alternatives.TYPE);
        put(component, name, type(value), isChosen, into);
        for (Class<? extends Record> other : Alternatives.of(component.getType())) {
          if (!other.isInstance(value)) {
            record(Alternatives.defaults(other), key + ".", false, into);
          }
        }
      }
      if (isSection(component, value)) {
        record((Record) value, key + ".", isChosen, into);
      } else {
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
    return absent(component).filter(value::equals).isPresent();
  }

  private static Optional<String> absent(RecordComponent component) {
    Key key = component.getAnnotation(Key.class);
    return key == null || key.absent().isEmpty() ? Optional.empty() : Optional.of(key.absent());
  }

  private static Record alternative(Class<?> choice, String type) {
    return Alternatives.find(choice, type)
        .map(Alternatives::defaults)
        .orElseThrow(() -> new IllegalArgumentException(choice + " has no type " + type));
  }

  static String text(Object value) {
    if (value instanceof Optional) {
      return ((Optional<?>) value).map(ConfigBinder::text).orElse("none");
    }
    if (value instanceof List) {
      return ((List<?>) value)
          .stream().map(v -> quoted(text(v))).collect(Collectors.joining(", ", "[", "]"));
    }
    return value instanceof Enum ? ConfigKeys.ofEnum((Enum<?>) value) : String.valueOf(value);
  }

  /**
   * Null if a problem was found in it.
   *
   * @param prefixes of its keys, with a dot at the end; the first is the present one
   */
  private Object bindRecord(Class<?> type, Record defaults, List<String> prefixes) {
    int before = problems.size();
    RecordComponent[] components = type.getRecordComponents();
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      arguments[i] =
          bindComponent(components[i], ConfigSchema.read(defaults, components[i]), prefixes);
    }
    return problems.size() == before
        ? construct(type, components, arguments, prefixes.get(0))
        : null;
  }

  private Object bindComponent(RecordComponent component, Object fallback, List<String> prefixes) {
    List<String> paths = ConfigSchema.paths(component, prefixes);
    Class<?> raw = component.getType();
    if (Alternatives.exist(raw)) {
      return bindChoice(component, (Record) fallback, paths);
    }
    if (raw.isRecord()) {
      refuseScalars(paths);
      return bindRecord(raw, (Record) fallback, paths.stream().map(p -> p + ".").toList());
    }
    Optional<ConfigValue> value = strongest(paths);
    if (value.isEmpty()) {
      return whereNotSet(component, fallback, paths.get(0));
    }
    int before = problems.size();
    Object bound = bindValue(component.getGenericType(), value.get(), paths.get(0));
    Optional<Range> range = ConfigSchema.range(component.getAnnotation(Key.class));
    boolean bad =
        problems.size() == before && range.isPresent() && !ConfigSchema.holds(range.get(), bound);
    return bad ? wrong(paths.get(0), value.get(), range.get().toString()) : bound;
  }

  /** An artefact that does not mention a key was made before there was one. */
  private Object whereNotSet(RecordComponent component, Object fallback, String path) {
    return isRecorded()
        ? absent(component)
            .map(b -> bindValue(component.getGenericType(), ConfigValueFactory.fromAnyRef(b), path))
            .orElse(fallback)
        : fallback;
  }

  private boolean isRecorded() {
    return !parts.isEmpty() && parts.stream().allMatch(ConfigLayer.Part::isRecorded);
  }

  /** A section takes keys, not a value. */
  private void refuseScalars(List<String> paths) {
    for (int i = 0; i < parts.size(); i++) {
      for (String path : paths) {
        ConfigValue value = find(parts.get(i).root(), path);
        if (value != null && value.valueType() != ConfigValueType.OBJECT) {
          read.get(i).add(path);
          wrong(paths.get(0), value, "a section with keys of its own");
        }
      }
    }
  }

  /** The value of a key in the strongest layer that sets it; notes which layers do. */
  private Optional<ConfigValue> strongest(List<String> paths) {
    ConfigValue found = null;
    for (int i = 0; i < parts.size(); i++) {
      ConfigValue here = null;
      String by = null;
      for (String path : paths) {
        ConfigValue value = find(parts.get(i).root(), path);
        if (value == null) {
          continue;
        }
        read.get(i).add(path);
        if (here != null) {
          problems.add(
              by
                  + " and "
                  + path
                  + " are one key ("
                  + value.origin().description()
                  + ")"
                  + ": set "
                  + paths.get(0)
                  + " alone");
        }
        noticeAlias(i, path, paths.get(0), value);
        here = here == null ? value : here;
        by = by == null ? path : by;
      }
      if (here != null && found == null) {
        found = here;
        sources.put(paths.get(0), new Source(parts.get(i).name(), here.origin().description()));
      }
    }
    return Optional.ofNullable(found);
  }

  private void noticeAlias(int part, String path, String present, ConfigValue value) {
    if (!path.equals(present) && !parts.get(part).isRecorded()) {
      notices.add(path + " (" + value.origin().description() + ") is called " + present + " now");
    }
  }

  private static ConfigValue find(ConfigObject root, String path) {
    ConfigValue value = root;
    for (String name : path.split("\\.")) {
      if (!(value instanceof ConfigObject)) {
        return null;
      }
      value = ((ConfigObject) value).get(name);
    }
    return value;
  }

  private Object bindChoice(RecordComponent component, Record fallback, List<String> paths) {
    Class<?> choice = component.getType();
    String key = paths.get(0) + "." + Alternatives.TYPE;
    List<String> places = new ArrayList<>();
    for (String path : paths) {
      places.add(path);
      places.add(path + "." + Alternatives.TYPE);
    }
    ConfigValue chosen = null;
    for (int i = 0; i < parts.size(); i++) {
      for (String place : places) {
        ConfigValue value = find(parts.get(i).root(), place);
        if (value == null || value.valueType() == ConfigValueType.OBJECT) {
          continue;
        }
        read.get(i).add(place);
        if (!place.equals(paths.get(0))) {
          noticeAlias(i, place, key, value);
        }
        if (chosen == null) {
          chosen = value;
          deciders.put(paths.get(0), i);
          sources.put(key, new Source(parts.get(i).name(), value.origin().description()));
        }
      }
    }
    Record defaults = fallback;
    if (chosen == null && isRecorded() && absent(component).isPresent() && !isSet(paths)) {
      defaults = alternative(choice, absent(component).get());
    }
    if (chosen != null) {
      String name = String.valueOf(chosen.unwrapped());
      Optional<Class<? extends Record>> type = Alternatives.find(choice, name);
      if (type.isEmpty()) {
        readAll(paths);
        return wrong(key, chosen, "one of " + String.join(", ", Alternatives.names(choice)));
      }
      String present = Alternatives.name(type.get());
      if (!present.equals(name) && !parts.get(deciders.get(paths.get(0))).isRecorded()) {
        notices.add(
            key
                + " = "
                + name
                + " ("
                + chosen.origin().description()
                + ") is called "
                + present
                + " now");
      }
      defaults = type.get().isInstance(fallback) ? fallback : Alternatives.defaults(type.get());
    }
    types.put(paths.get(0), Alternatives.name(defaults.getClass()));
    return bindRecord(defaults.getClass(), defaults, paths.stream().map(p -> p + ".").toList());
  }

  private boolean isSet(List<String> paths) {
    return parts.stream().anyMatch(p -> paths.stream().anyMatch(x -> find(p.root(), x) != null));
  }

  /** Nothing is to be said of keys below these any more. */
  private void readAll(List<String> paths) {
    read.forEach(places -> places.addAll(paths));
  }

  /** What no key was read from is unknown, or is a key of an alternative that was not chosen. */
  private void reportUnread(int part, ConfigObject object, String prefix) {
    new TreeMap<>(object)
        .forEach(
            (name, value) -> {
              String path = prefix + name;
              if (read.get(part).contains(path)) {
                return;
              }
              boolean isPlain = !name.contains(".");
              if (isPlain && value instanceof ConfigObject section && isAbove(path)) {
                reportUnread(part, section, path + ".");
              } else if (isPlain && schema().byAlias(path).isPresent()) {
                reportPassedOver(part, path, schema().byAlias(path).get(), value);
              } else if (isPlain && !schema().find(path).isEmpty()) {
                refuseOfAnother(part, path, schema().find(path), value);
              } else {
                reportUnknown(path, value);
              }
            });
  }

  /** Whether there are, or were, keys below a path. */
  private boolean isAbove(String path) {
    String prefix = path + ".";
    return schema().entries().stream()
        .anyMatch(
            e ->
                e.path().startsWith(prefix)
                    || e.isSection() && e.aliases().contains(path)
                    || e.aliases().stream().anyMatch(a -> a.startsWith(prefix)));
  }

  /**
   * A former name stood beside the type, where it was passed over if the type had no use for it.
   */
  private void reportPassedOver(
      int part, String path, ConfigSchema.Entry entry, ConfigValue value) {
    if (!parts.get(part).isRecorded()) {
      String owner = entry.of().map(o -> " of type " + o.type()).orElse("");
      notices.add(
          path
              + " ("
              + value.origin().description()
              + ") is passed over: it is "
              + entry.path()
              + owner
              + " now, and another type is chosen");
    }
  }

  private void refuseOfAnother(
      int part, String path, List<ConfigSchema.Entry> entries, ConfigValue value) {
    Optional<ConfigSchema.Owner> owner = entries.stream().flatMap(e -> e.of().stream()).findFirst();
    String section = owner.map(ConfigSchema.Owner::section).orElse("");
    Integer decider = deciders.get(section);
    boolean isBeaten =
        decider != null
            && part > decider
            && !parts.get(part).name().equals(parts.get(decider).name());
    if (isBeaten || parts.get(part).isRecorded()) {
      return;
    }
    problems.add(
        path
            + " ("
            + value.origin().description()
            + ") is a key of type "
            + entries.stream()
                .flatMap(e -> e.of().stream())
                .map(ConfigSchema.Owner::type)
                .distinct()
                .collect(Collectors.joining(" or "))
            + ", but "
            + section
            + "."
            + Alternatives.TYPE
            + " is "
            + types.get(section));
  }

  private void reportUnknown(String key, ConfigValue value) {
    String hint = schema().nearest(key).map(k -> "; did you mean " + k + "?").orElse("");
    problems.add("unknown key " + key + " (" + value.origin().description() + ")" + hint);
  }

  private Object construct(
      Class<?> type, RecordComponent[] components, Object[] arguments, String prefix) {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      boolean refused =
          e.getCause() instanceof IllegalArgumentException
              || e.getCause() instanceof ArithmeticException; // sizes that overflow
      if (!refused) {
        throw new IllegalArgumentException("cannot construct " + type, e);
      }
      String section = prefix.isEmpty() ? "" : prefix.substring(0, prefix.length() - 1) + ": ";
      problems.add(section + e.getCause().getMessage());
      return null;
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("cannot construct " + type, e);
    }
  }

  private Object bindValue(Type type, ConfigValue value, String key) {
    Class<?> raw = rawType(type);
    if (raw == Optional.class) {
      return value.valueType() == ConfigValueType.NULL || "none".equals(value.unwrapped())
          ? Optional.empty()
          : Optional.ofNullable(bindValue(argument(type), value, key));
    }
    if (raw == List.class) {
      return bindList(argument(type), value, key);
    }
    if (value.valueType() == ConfigValueType.OBJECT
        || value.valueType() == ConfigValueType.LIST
        || value.valueType() == ConfigValueType.NULL) {
      return wrong(key, value, "a single value");
    }
    return bindScalar(raw, value, key);
  }

  private List<Object> bindList(Type element, ConfigValue value, String key) {
    List<Object> items = new ArrayList<>();
    if (value.valueType() == ConfigValueType.LIST) {
      for (ConfigValue item : (ConfigList) value) {
        items.add(bindValue(element, item, key));
      }
    } else if (value.valueType() == ConfigValueType.OBJECT
        || value.valueType() == ConfigValueType.NULL) {
      wrong(key, value, "a list");
    } else {
      items.add(bindValue(element, value, key));
    }
    return items.contains(null) ? null : items;
  }

  private Object bindScalar(Class<?> type, ConfigValue value, String key) {
    String text = String.valueOf(value.unwrapped());
    if (type == String.class) {
      return text;
    }
    if (type == boolean.class || type == Boolean.class) {
      return text.equals("true") || text.equals("false")
          ? Boolean.valueOf(text)
          : wrong(key, value, "true or false");
    }
    if (type.isEnum()) {
      for (Object constant : type.getEnumConstants()) {
        if (ConfigKeys.ofEnum((Enum<?>) constant).equals(text)) {
          return constant;
        }
      }
      return wrong(key, value, ConfigSchema.kindOf(type));
    }
    try {
      if (type == URI.class) {
        return URI.create(text);
      }
      BigDecimal number = new BigDecimal(text);
      if (type == int.class || type == Integer.class) {
        return number.intValueExact();
      }
      if (type == long.class || type == Long.class) {
        return number.longValueExact();
      }
      if (type == double.class || type == Double.class) {
        double value64 = number.doubleValue();
        return Double.isFinite(value64)
            ? value64
            : wrong(key, value, "a number that a double holds");
      }
    } catch (ArithmeticException | IllegalArgumentException e) {
      return wrong(key, value, ConfigSchema.kindOf(type));
    }
    throw new IllegalArgumentException("no way to bind " + key + " of type " + type);
  }

  private Object wrong(String key, ConfigValue value, String wanted) {
    String found =
        value.valueType() == ConfigValueType.NULL ? "null" : "'" + value.unwrapped() + "'";
    problems.add(
        key + " must be " + wanted + ", got " + found + " (" + value.origin().description() + ")");
    return null;
  }

  private static Class<?> rawType(Type type) {
    return (Class<?>)
        (type instanceof ParameterizedType ? ((ParameterizedType) type).getRawType() : type);
  }

  private static Type argument(Type type) {
    return ((ParameterizedType) type).getActualTypeArguments()[0];
  }
}

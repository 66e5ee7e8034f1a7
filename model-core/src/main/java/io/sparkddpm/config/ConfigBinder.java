package io.sparkddpm.config;

import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.sparkddpm.error.UserException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * Binds layers of configuration to a record; {@link ConfigText} writes it back. Components may be
 * {@code int}, {@code long}, {@code double}, {@code boolean}, {@code String}, {@code URI}, enums,
 * records, interfaces with {@link OneOf}, and {@code List}s and {@code Optional}s of values. All
 * problems are found before any is reported.
 */
public final class ConfigBinder {
  private final List<String> problems = new ArrayList<>();
  private final Set<String> notices = new LinkedHashSet<>();
  private final LayerReader layers;
  private final ValueBinder values = new ValueBinder(problems);

  /** The chosen type of each section that has one. */
  private final Map<String, String> types = new HashMap<>();

  /**
   * A configuration that was bound.
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

  private ConfigBinder(ConfigLayer layer) {
    this.layers = new LayerReader(layer, problems, notices);
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
   * As {@link #bind}, with the place that set each key and with notices for people.
   *
   * @throws UserException as {@link #bind}
   */
  public static <T extends Record> Bound<T> resolve(T defaults, ConfigLayer layer) {
    ConfigBinder binder = new ConfigBinder(layer);
    Object bound;
    try {
      bound = binder.bindRecord(defaults.getClass(), defaults, List.of(""));
      new UnreadKeys(binder.layers, defaults, binder.types, binder.problems, binder.notices)
          .report();
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
        result,
        Collections.unmodifiableSortedMap(binder.layers.sources()),
        List.copyOf(binder.notices));
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

  /**
   * Null if a problem was found in it.
   *
   * @param prefixes of its keys, with a dot at the end; the first is the present one
   */
  private Object bindRecord(Class<?> type, Record defaults, List<String> prefixes) {
    int before = problems.size();
    List<RecordComponent> components = ConfigSchema.components(type);
    Object[] arguments = new Object[components.size()];
    for (int i = 0; i < arguments.length; i++) {
      RecordComponent component = components.get(i);
      arguments[i] = bindComponent(component, ConfigSchema.fallback(defaults, component), prefixes);
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
      layers.refuseScalars(paths, values);
      return bindRecord(raw, (Record) fallback, paths.stream().map(p -> p + ".").toList());
    }
    Optional<ConfigValue> value = layers.strongest(paths);
    if (value.isEmpty()) {
      return whereNotSet(component, fallback, paths.get(0));
    }
    int before = problems.size();
    Object bound = values.bind(component.getGenericType(), value.get(), paths.get(0));
    Optional<Range> range = ConfigSchema.range(component.getAnnotation(Key.class));
    boolean bad =
        problems.size() == before && range.isPresent() && !ConfigSchema.holds(range.get(), bound);
    return bad ? values.wrong(paths.get(0), value.get(), range.get().toString()) : bound;
  }

  /** An artefact that does not mention a key was made before there was one. */
  private Object whereNotSet(RecordComponent component, Object fallback, String path) {
    return layers.isRecorded()
        ? ConfigSchema.absent(component)
            .map(
                b ->
                    values.bind(component.getGenericType(), ConfigValueFactory.fromAnyRef(b), path))
            .orElse(fallback)
        : fallback;
  }

  private Object bindChoice(RecordComponent component, Record fallback, List<String> paths) {
    Optional<LayerReader.Choice> choice = layers.choice(paths);
    Record defaults =
        choice.isPresent()
            ? chosen(component.getType(), choice.get(), fallback, paths)
            : whereNotChosen(component, fallback, paths);
    if (defaults == null) {
      return null;
    }
    types.put(paths.get(0), Alternatives.name(defaults.getClass()));
    return bindRecord(defaults.getClass(), defaults, paths.stream().map(p -> p + ".").toList());
  }

  private static Record alternative(Class<?> choice, String type) {
    return Alternatives.find(choice, type)
        .map(Alternatives::defaults)
        .orElseThrow(() -> new IllegalArgumentException(choice + " has no type " + type));
  }

  /** An artefact that says nothing of a section was made before it had types. */
  private Record whereNotChosen(RecordComponent component, Record fallback, List<String> paths) {
    return layers.isRecorded() && !layers.isSet(paths)
        ? ConfigSchema.absent(component)
            .map(type -> alternative(component.getType(), type))
            .orElse(fallback)
        : fallback;
  }

  /** Null if there is no such alternative. */
  private Record chosen(
      Class<?> choice, LayerReader.Choice chosen, Record fallback, List<String> paths) {
    String key = paths.get(0) + "." + Alternatives.TYPE;
    String name = String.valueOf(chosen.value().unwrapped());
    Optional<Class<? extends Record>> type = Alternatives.find(choice, name);
    if (type.isEmpty()) {
      layers.readAll(paths);
      values.wrong(key, chosen.value(), "one of " + String.join(", ", Alternatives.names(choice)));
      return null;
    }
    String present = Alternatives.name(type.get());
    if (!present.equals(name) && !chosen.isRecorded()) {
      String place = chosen.value().origin().description();
      notices.add(key + " = " + name + " (" + place + ") is called " + present + " now");
    }
    return type.get().isInstance(fallback) ? fallback : Alternatives.defaults(type.get());
  }

  private Object construct(
      Class<?> type, List<RecordComponent> components, Object[] arguments, String prefix) {
    Class<?>[] types = components.stream().map(RecordComponent::getType).toArray(Class<?>[]::new);
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
}

package io.sparkddpm.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Binds layers of configuration to a record and back. Components may be {@code int}, {@code long},
 * {@code double}, {@code boolean}, {@code String}, {@code URI}, enums, records, and {@code List}s
 * and {@code Optional}s of these. All problems are found before any is reported.
 */
public final class ConfigBinder {
  private final List<String> problems = new ArrayList<>();
  private final SortedMap<String, String> known;

  private ConfigBinder(SortedMap<String, String> known) {
    this.known = known;
  }

  /**
   * The record that {@code layer} describes.
   *
   * @param defaults supplies what the layer does not set
   * @throws UserException naming all unknown keys (each with the nearest known one), values of the
   *     wrong type and values that the records refuse
   */
  public static <T extends Record> T bind(T defaults, ConfigLayer layer) {
    ConfigBinder binder = new ConfigBinder(flatten(defaults));
    Object bound;
    try {
      bound = binder.bindRecord(defaults.getClass(), defaults, layer.root(), "");
    } catch (StackOverflowError e) {
      throw new UserException(e, "configuration: a value is nested too deeply");
    }
    if (!binder.problems.isEmpty()) {
      throw new UserException(
          "%s",
          binder.problems.size() == 1
              ? "configuration: " + binder.problems.get(0)
              : "configuration: "
                  + binder.problems.size()
                  + " problems: "
                  + String.join("; ", binder.problems));
    }
    @SuppressWarnings("unchecked")
    T result = (T) bound;
    return result;
  }

  /** Every key of a record, dotted, with its value as text that {@link ConfigLayer} takes back. */
  public static SortedMap<String, String> flatten(Record record) {
    SortedMap<String, String> values = new TreeMap<>();
    flatten(record, "", values);
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
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      String key = prefix + ConfigKeys.ofComponent(component.getName());
      Object value = read(record, component);
      if (value instanceof Record) {
        flatten((Record) value, key + ".", into);
      } else {
        into.put(key, text(value));
      }
    }
  }

  private static String text(Object value) {
    if (value instanceof Optional) {
      return ((Optional<?>) value).map(ConfigBinder::text).orElse("none");
    }
    if (value instanceof List) {
      return ((List<?>) value)
          .stream().map(v -> quoted(text(v))).collect(Collectors.joining(", ", "[", "]"));
    }
    return value instanceof Enum ? ConfigKeys.ofEnum((Enum<?>) value) : String.valueOf(value);
  }

  private static Object read(Record record, RecordComponent component) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("cannot read " + component + " of " + record, e);
    }
  }

  /** Null if a problem was found in it. */
  private Object bindRecord(Class<?> type, Record defaults, ConfigObject object, String prefix) {
    int before = problems.size();
    RecordComponent[] components = type.getRecordComponents();
    Object[] arguments = new Object[components.length];
    Map<String, ConfigValue> unused = new TreeMap<>(object);
    for (int i = 0; i < components.length; i++) {
      String name = ConfigKeys.ofComponent(components[i].getName());
      ConfigValue value = unused.remove(name);
      Object fallback = read(defaults, components[i]);
      arguments[i] =
          value == null
              ? fallback
              : bindValue(components[i].getGenericType(), fallback, value, prefix + name);
    }
    unused.forEach((name, value) -> reportUnknown(prefix + name, value));
    return problems.size() == before ? construct(type, components, arguments, prefix) : null;
  }

  private void reportUnknown(String key, ConfigValue value) {
    String hint =
        ConfigKeys.nearest(key, known.keySet()).map(k -> "; did you mean " + k + "?").orElse("");
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

  private Object bindValue(Type type, Object fallback, ConfigValue value, String key) {
    Class<?> raw = rawType(type);
    if (raw.isRecord()) {
      if (value.valueType() == ConfigValueType.OBJECT) {
        return bindRecord(raw, (Record) fallback, (ConfigObject) value, key + ".");
      }
      return wrong(key, value, "a section with keys of its own");
    }
    if (raw == Optional.class) {
      return value.valueType() == ConfigValueType.NULL || "none".equals(value.unwrapped())
          ? Optional.empty()
          : Optional.ofNullable(bindValue(argument(type), null, value, key));
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
        items.add(bindValue(element, null, item, key));
      }
    } else if (value.valueType() == ConfigValueType.OBJECT
        || value.valueType() == ConfigValueType.NULL) {
      wrong(key, value, "a list");
    } else {
      items.add(bindValue(element, null, value, key));
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
      return wrong(
          key,
          value,
          "one of "
              + Arrays.stream(type.getEnumConstants())
                  .map(c -> ConfigKeys.ofEnum((Enum<?>) c))
                  .collect(Collectors.joining(", ")));
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
      return wrong(key, value, kindOf(type));
    }
    throw new IllegalArgumentException("no way to bind " + key + " of type " + type);
  }

  private static String kindOf(Class<?> type) {
    if (type == URI.class) {
      return "a URI";
    }
    return type == double.class || type == Double.class ? "a number" : "a whole number";
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

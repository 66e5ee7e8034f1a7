package io.sparkddpm.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the value of a key as its type; what cannot be read is a problem. */
final class ValueBinder {
  private final List<String> problems;

  /**
   * @param problems receives a line for each value that is refused
   */
  ValueBinder(List<String> problems) {
    this.problems = problems;
  }

  /**
   * A value of the type of a record's component.
   *
   * @param key for the message
   * @return null if it is refused
   */
  Object bind(Type type, ConfigValue value, String key) {
    Class<?> raw = rawType(type);
    if (raw == Optional.class) {
      return value.valueType() == ConfigValueType.NULL || "none".equals(value.unwrapped())
          ? Optional.empty()
          : Optional.ofNullable(bind(argument(type), value, key));
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
        items.add(bind(element, item, key));
      }
    } else if (value.valueType() == ConfigValueType.OBJECT
        || value.valueType() == ConfigValueType.NULL) {
      wrong(key, value, "a list");
    } else {
      items.add(bind(element, value, key));
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

  /** Notes that a value is refused. @return null */
  Object wrong(String key, ConfigValue value, String wanted) {
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

package io.sparkddpm.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.sparkddpm.error.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Keys and values from one place, or from several of which the first ones beat the others.
 * Immutable.
 */
public final class ConfigLayer {
  private final List<Part> parts;

  /**
   * Keys and values of one place.
   *
   * @param name of the place, such as {@code --set}
   * @param root the values
   * @param isRecorded whether an artefact holds them, rather than that a person wrote them
   */
  record Part(String name, ConfigObject root, boolean isRecorded) {}

  private ConfigLayer(List<Part> parts) {
    this.parts = List.copyOf(parts);
  }

  /**
   * A file in HOCON, or in properties format if its name ends in {@code .properties}; UTF-8. It may
   * include other local files, named relative to it; {@code ${NAME}} is another key or a variable
   * of the environment.
   *
   * @throws UserException if it is missing, does not parse, or includes what it may not, naming the
   *     line
   */
  public static ConfigLayer file(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new UserException("no such configuration file: %s", path);
    }
    return parse(
        path.toString(),
        () -> new LocalIncludes(path).parse().resolve(ConfigResolveOptions.defaults()));
  }

  /**
   * HOCON text that is complete in itself: it includes nothing and reads no environment.
   *
   * @param origin what messages call it
   * @throws UserException if it does not parse, naming the line
   */
  public static ConfigLayer text(String origin, String hocon) {
    return parse(origin, () -> complete(origin, hocon));
  }

  private static Config complete(String origin, String hocon) {
    return ConfigFactory.parseString(
            hocon,
            ConfigParseOptions.defaults()
                .setOriginDescription(origin)
                .setIncluder(new NoIncludes(origin)))
        .resolve(ConfigResolveOptions.noSystem());
  }

  private static ConfigLayer parse(String origin, Supplier<Config> parser) {
    try {
      return new ConfigLayer(List.of(new Part(origin, parser.get().root(), false)));
    } catch (ConfigException e) {
      throw new UserException(e, "cannot read the configuration %s: %s", origin, e.getMessage());
    } catch (StackOverflowError e) {
      throw new UserException(
          e, "cannot read the configuration %s: it is nested too deeply", origin);
    }
  }

  /**
   * {@code key=value} assignments; a later one beats an earlier one. A value in square brackets is
   * a list. Like {@link #text} they are complete in themselves.
   *
   * @param origin what messages call them, such as {@code --set}
   * @throws UserException if one has no {@code =} or no key, or is no list after a bracket
   */
  public static ConfigLayer assignments(String origin, List<String> assignments) {
    LinkedList<Part> parts = new LinkedList<>();
    for (String assignment : assignments) {
      int equals = assignment.indexOf('=');
      if (equals <= 0) {
        throw new UserException("%s takes key=value, got '%s'", origin, assignment);
      }
      String key = assignment.substring(0, equals).strip();
      String text = assignment.substring(equals + 1).strip();
      parts.addFirst(new Part(origin, assign(ConfigFactory.empty(), origin, key, text), false));
    }
    return new ConfigLayer(parts);
  }

  /**
   * Dotted keys with their values as text, such as {@link ConfigText#recorded} gives. The value of
   * a section that has keys too is its type.
   */
  public static ConfigLayer values(String origin, Map<String, String> values) {
    ConfigObject merged = ConfigFactory.empty().root();
    for (Map.Entry<String, String> entry : values.entrySet()) {
      String key = entry.getKey();
      boolean isSection = values.keySet().stream().anyMatch(k -> k.startsWith(key + "."));
      String place = isSection ? key + "." + Alternatives.TYPE : key;
      merged = assign(merged.toConfig(), origin, place, entry.getValue());
    }
    return new ConfigLayer(List.of(new Part(origin, merged, true)));
  }

  /** These values, and for keys that they do not set those of {@code weaker}. */
  public ConfigLayer over(ConfigLayer weaker) {
    List<Part> all = new ArrayList<>(parts);
    all.addAll(weaker.parts);
    return new ConfigLayer(all);
  }

  /** The places that it comes from, as messages call them. */
  public Set<String> names() {
    return parts.stream().map(Part::name).collect(Collectors.toSet());
  }

  /** Dotted keys of all values, sorted. */
  public SortedSet<String> keys() {
    SortedSet<String> keys = new TreeSet<>();
    parts.forEach(part -> collect(part.root(), "", keys));
    return keys;
  }

  private static void collect(ConfigObject object, String prefix, SortedSet<String> into) {
    object.forEach(
        (name, value) -> {
          if (value instanceof ConfigObject section) {
            collect(section, prefix + name + ".", into);
          } else {
            into.add(prefix + name);
          }
        });
  }

  /** The strongest first. */
  List<Part> parts() {
    return parts;
  }

  private static ConfigObject assign(Config into, String origin, String key, String text) {
    try {
      ConfigUtil.splitPath(key);
      ConfigValue value =
          text.startsWith("[") ? list(origin, text) : ConfigValueFactory.fromAnyRef(text);
      return into.withValue(
              key, value.withOrigin(ConfigOriginFactory.newSimple(origin + " " + key)))
          .root();
    } catch (ConfigException e) {
      throw new UserException(e, "%s %s=%s does not parse: %s", origin, key, text, e.getMessage());
    } catch (StackOverflowError e) {
      throw new UserException(
          e, "%s %s does not parse: it is nested too deeply", origin, key.split("\\.", 2)[0]);
    }
  }

  private static ConfigValue list(String origin, String text) {
    Config parsed = complete(origin, "value = " + text);
    if (parsed.root().size() != 1 || parsed.getValue("value").valueType() != ConfigValueType.LIST) {
      throw new UserException("%s: '%s' is more than a list", origin, text);
    }
    return parsed.getValue("value");
  }
}

package io.sparkddpm.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.sparkddpm.error.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Keys and values from one place: a file, the command line, a saved run. Immutable. */
public final class ConfigLayer {
  private final Config config;

  private ConfigLayer(Config config) {
    this.config = config;
  }

  /**
   * A file in HOCON, or in properties format if its name ends in {@code .properties}; UTF-8. Its
   * {@code include} statements are followed.
   *
   * @throws UserException if it is missing or does not parse, naming the line
   */
  public static ConfigLayer file(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new UserException("no such configuration file: %s", path);
    }
    ConfigSyntax syntax =
        path.toString().endsWith(".properties") ? ConfigSyntax.PROPERTIES : ConfigSyntax.CONF;
    try {
      return new ConfigLayer(
          ConfigFactory.parseFile(
                  path.toFile(),
                  ConfigParseOptions.defaults()
                      .setSyntax(syntax)
                      .setOriginDescription(path.toString())
                      .setAllowMissing(false))
              .resolve());
    } catch (ConfigException e) {
      throw new UserException(e, "cannot read the configuration %s: %s", path, e.getMessage());
    }
  }

  /**
   * HOCON text.
   *
   * @param origin what messages call it
   * @throws UserException if it does not parse, naming the line
   */
  public static ConfigLayer text(String origin, String hocon) {
    try {
      return new ConfigLayer(
          ConfigFactory.parseString(
                  hocon, ConfigParseOptions.defaults().setOriginDescription(origin))
              .resolve());
    } catch (ConfigException e) {
      throw new UserException(e, "cannot read the configuration %s: %s", origin, e.getMessage());
    }
  }

  /**
   * {@code key=value} assignments; a later one beats an earlier one. A value in square brackets is
   * a list.
   *
   * @param origin what messages call them, such as {@code --set}
   * @throws UserException if one has no {@code =} or no key
   */
  public static ConfigLayer assignments(String origin, List<String> assignments) {
    ConfigObject merged = ConfigFactory.empty().root();
    for (String assignment : assignments) {
      int equals = assignment.indexOf('=');
      if (equals <= 0) {
        throw new UserException("%s takes key=value, got '%s'", origin, assignment);
      }
      String key = assignment.substring(0, equals).strip();
      merged = assign(merged.toConfig(), origin, key, assignment.substring(equals + 1).strip());
    }
    return new ConfigLayer(merged.toConfig());
  }

  /** Dotted keys with their values as text, such as {@link ConfigBinder#flatten} gives. */
  public static ConfigLayer values(String origin, Map<String, String> values) {
    ConfigObject merged = ConfigFactory.empty().root();
    for (Map.Entry<String, String> entry : values.entrySet()) {
      merged = assign(merged.toConfig(), origin, entry.getKey(), entry.getValue());
    }
    return new ConfigLayer(merged.toConfig());
  }

  /** These values, and for keys that they do not set those of {@code weaker}. */
  public ConfigLayer over(ConfigLayer weaker) {
    return new ConfigLayer(config.withFallback(weaker.config));
  }

  ConfigObject root() {
    return config.root();
  }

  private static ConfigObject assign(Config into, String origin, String key, String text) {
    ConfigValue value;
    try {
      ConfigUtil.splitPath(key);
      value =
          text.startsWith("[")
              ? ConfigFactory.parseString("value = " + text).getValue("value")
              : ConfigValueFactory.fromAnyRef(text);
    } catch (ConfigException e) {
      throw new UserException(e, "%s %s=%s does not parse: %s", origin, key, text, e.getMessage());
    }
    return into.withValue(key, value.withOrigin(ConfigOriginFactory.newSimple(origin + " " + key)))
        .root();
  }
}

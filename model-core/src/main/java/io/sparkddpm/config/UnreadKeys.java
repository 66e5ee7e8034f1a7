package io.sparkddpm.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Explains the keys of layers that nothing was read from: a key is unknown, or has a former name,
 * or belongs to an alternative that was not chosen.
 */
final class UnreadKeys {
  private final LayerReader layers;
  private final Record defaults;
  private final Map<String, String> types;
  private final List<String> problems;
  private final Set<String> notices;

  /** Made where the first key has to be explained. */
  private ConfigSchema schema;

  /**
   * @param defaults of the configuration that is bound
   * @param types the chosen type of each section that has one
   * @param problems receives a line for each key that is refused
   * @param notices receives a line for each that is ignored
   */
  UnreadKeys(
      LayerReader layers,
      Record defaults,
      Map<String, String> types,
      List<String> problems,
      Set<String> notices) {
    this.layers = layers;
    this.defaults = defaults;
    this.types = types;
    this.problems = problems;
    this.notices = notices;
  }

  private ConfigSchema schema() {
    if (schema == null) {
      schema = ConfigSchema.of(defaults);
    }
    return schema;
  }

  /** Reports on all layers, when everything else has been read. */
  void report() {
    for (int i = 0; i < layers.parts().size(); i++) {
      report(i, layers.parts().get(i).root(), "");
    }
  }

  /** What no key was read from is unknown, or is a key of an alternative that was not chosen. */
  private void report(int part, ConfigObject object, String prefix) {
    new TreeMap<>(object)
        .forEach(
            (name, value) -> {
              String path = prefix + name;
              if (layers.isRead(part, path)) {
                return;
              }
              boolean isPlain = !name.contains(".");
              if (isPlain && value instanceof ConfigObject section && isAbove(path)) {
                report(part, section, path + ".");
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
    if (!layers.parts().get(part).isRecorded()) {
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
    if (layers.isBeaten(part, section) || layers.parts().get(part).isRecorded()) {
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
}

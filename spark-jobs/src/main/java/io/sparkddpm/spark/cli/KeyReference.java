package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigSchema;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;

/** Explains the keys of the configuration, at a terminal and in the docs. */
final class KeyReference {
  private static final String GENERAL = "General";

  private final ConfigSchema schema = ConfigSchema.of(DdpmConfig.DEFAULTS);

  /**
   * What a key is, or all keys of a section.
   *
   * @param name of either, or a former one
   * @param bound the configuration whose values are shown
   * @throws UserException naming the nearest key, if there is none of that name
   */
  List<String> explain(String name, ConfigBinder.Bound<DdpmConfig> bound) {
    String path = schema.canonical(name);
    SortedMap<String, String> values = ConfigText.flatten(bound.value());
    List<String> lines = new ArrayList<>();
    for (ConfigSchema.Entry entry : schema.entries()) {
      if (entry.path().equals(path) || entry.path().startsWith(path + ".")) {
        lines.addAll(explain(entry, values, bound.sources()));
      }
    }
    if (lines.isEmpty()) {
      throw new UserException(
          "unknown key %s%s",
          name, schema.nearest(name).map(k -> "; did you mean " + k + "?").orElse(""));
    }
    return lines;
  }

  private static List<String> explain(
      ConfigSchema.Entry entry,
      SortedMap<String, String> values,
      Map<String, ConfigBinder.Source> sources) {
    String path = entry.path();
    List<String> lines = new ArrayList<>();
    if (entry.isSection()) {
      lines.add(path + ": " + entry.description());
      formerly(entry, lines);
      return lines;
    }
    boolean isUsed = values.containsKey(path) && isChosen(entry, values);
    lines.add(
        isUsed
            ? ConfigText.render(values.subMap(path, path + "\0")).strip()
            : path + entry.of().map(o -> ", with " + chooser(o)).orElse(": not set"));
    lines.add("    " + entry.description());
    lines.add("    " + entry.kind().orElseThrow() + "; default " + shown(entry));
    formerly(entry, lines);
    if (isUsed && sources.containsKey(path)) {
      lines.add("    set in " + sources.get(path).place());
    }
    lines.add("    read by " + String.join(", ", CommandKeys.readers(path)));
    return lines;
  }

  private static void formerly(ConfigSchema.Entry entry, List<String> lines) {
    if (!entry.aliases().isEmpty()) {
      lines.add("    formerly " + String.join(", ", entry.aliases()));
    }
  }

  private static boolean isChosen(ConfigSchema.Entry entry, Map<String, String> values) {
    return entry
        .of()
        .map(owner -> owner.type().equals(values.get(owner.section() + ".type")))
        .orElse(true);
  }

  private static String chooser(ConfigSchema.Owner owner) {
    return owner.section() + ".type = " + owner.type();
  }

  private static String shown(ConfigSchema.Entry entry) {
    String value = entry.defaultValue().orElseThrow();
    return value.isEmpty() ? "none" : value;
  }

  /** All of docs/configuration.md. */
  String markdown() {
    StringBuilder page = new StringBuilder(head());
    tables().forEach((title, rows) -> page.append(table(title, rows)));
    return page.toString();
  }

  private static String head() {
    try (InputStream in = KeyReference.class.getResourceAsStream("configuration-head.md")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A table for each section, and one for the keys that stand in none. */
  private Map<String, List<ConfigSchema.Entry>> tables() {
    Map<String, List<ConfigSchema.Entry>> tables = new LinkedHashMap<>();
    tables.put(GENERAL, new ArrayList<>());
    for (ConfigSchema.Entry entry : schema.entries()) {
      String section = entry.path().split("\\.", 2)[0];
      if (!entry.path().contains(".") && entry.isSection()) {
        tables.put("`" + section + ".`: " + entry.description(), new ArrayList<>());
      } else if (!entry.isSection()) {
        String title =
            tables.keySet().stream()
                .filter(t -> t.startsWith("`" + section + ".`"))
                .findFirst()
                .orElse(GENERAL);
        tables.get(title).add(entry);
      }
    }
    return tables;
  }

  private static String table(String title, List<ConfigSchema.Entry> entries) {
    return "\n## "
        + title
        + "\n\n| key | default | value | meaning |\n|---|---|---|---|\n"
        + entries.stream().map(KeyReference::row).collect(Collectors.joining());
  }

  private static String row(ConfigSchema.Entry entry) {
    String of = entry.of().map(o -> "with `" + o.type() + "`: ").orElse("");
    String formerly =
        entry.aliases().isEmpty()
            ? ""
            : "; formerly `" + String.join("`, `", entry.aliases()) + "`";
    String value = entry.defaultValue().orElseThrow();
    return "| `"
        + entry.path()
        + "` | "
        + (value.isEmpty() ? "none" : "`" + value + "`")
        + " | "
        + entry.kind().orElseThrow()
        + " | "
        + of
        + entry.description()
        + formerly
        + " |\n";
  }
}

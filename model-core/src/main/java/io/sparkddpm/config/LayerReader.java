package io.sparkddpm.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Looks keys up in layers, the strongest first, and remembers which were read and from where. */
final class LayerReader {
  private final List<ConfigLayer.Part> parts;
  private final List<String> problems;
  private final Set<String> notices;
  private final SortedMap<String, ConfigBinder.Source> sources = new TreeMap<>();

  /** Places in each part that a key was read from. */
  private final List<Set<String>> read = new ArrayList<>();

  /** The part that chose the type of a section, by the section. */
  private final Map<String, Integer> deciders = new HashMap<>();

  /** A value that chooses the type of a section, and whether an artefact has it. */
  record Choice(ConfigValue value, boolean isRecorded) {}

  /**
   * @param problems receives lines about keys that are set twice
   * @param notices receives lines about keys under former names
   */
  LayerReader(ConfigLayer layer, List<String> problems, Set<String> notices) {
    this.parts = layer.parts();
    this.problems = problems;
    this.notices = notices;
    parts.forEach(part -> read.add(new HashSet<>()));
  }

  /** All parts, the strongest first. */
  List<ConfigLayer.Part> parts() {
    return parts;
  }

  /** Where each key was set, by its present name. */
  SortedMap<String, ConfigBinder.Source> sources() {
    return sources;
  }

  /** Whether a key was read from a place in a part. */
  boolean isRead(int part, String path) {
    return read.get(part).contains(path);
  }

  /** Whether a stronger layer than a part chose the type of a section. */
  boolean isBeaten(int part, String section) {
    Integer decider = deciders.get(section);
    return decider != null
        && part > decider
        && !parts.get(part).name().equals(parts.get(decider).name());
  }

  /** Whether all of it comes from artefacts. */
  boolean isRecorded() {
    return !parts.isEmpty() && parts.stream().allMatch(ConfigLayer.Part::isRecorded);
  }

  /** A section takes keys, not a value. */
  void refuseScalars(List<String> paths, ValueBinder values) {
    for (int i = 0; i < parts.size(); i++) {
      for (String path : paths) {
        ConfigValue value = find(parts.get(i).root(), path);
        if (value != null && value.valueType() != ConfigValueType.OBJECT) {
          read.get(i).add(path);
          values.wrong(paths.get(0), value, "a section with keys of its own");
        }
      }
    }
  }

  /** The value of a key in the strongest layer that sets it; notes which layers do. */
  Optional<ConfigValue> strongest(List<String> paths) {
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
                  + "): set "
                  + paths.get(0)
                  + " alone");
        }
        noticeAlias(i, path, paths.get(0), value);
        here = here == null ? value : here;
        by = by == null ? path : by;
      }
      if (here != null && found == null) {
        found = here;
        sources.put(
            paths.get(0),
            new ConfigBinder.Source(parts.get(i).name(), here.origin().description()));
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

  /**
   * The value that chooses the type of a section, in the strongest layer that sets it.
   *
   * @param paths of the section; the first is the present one
   */
  Optional<Choice> choice(List<String> paths) {
    String section = paths.get(0);
    String key = section + "." + Alternatives.TYPE;
    List<String> places = new ArrayList<>();
    for (String path : paths) {
      places.add(path);
      places.add(path + "." + Alternatives.TYPE);
    }
    Choice chosen = null;
    for (int i = 0; i < parts.size(); i++) {
      for (String place : places) {
        ConfigValue value = find(parts.get(i).root(), place);
        if (value == null || value.valueType() == ConfigValueType.OBJECT) {
          continue;
        }
        read.get(i).add(place);
        if (!place.equals(section)) {
          noticeAlias(i, place, key, value);
        }
        if (chosen == null) {
          chosen = new Choice(value, parts.get(i).isRecorded());
          deciders.put(section, i);
          sources.put(
              key, new ConfigBinder.Source(parts.get(i).name(), value.origin().description()));
        }
      }
    }
    return Optional.ofNullable(chosen);
  }

  /** Whether any layer has something at one of the paths. */
  boolean isSet(List<String> paths) {
    return parts.stream().anyMatch(p -> paths.stream().anyMatch(x -> find(p.root(), x) != null));
  }

  /** Nothing is to be said of keys below these any more. */
  void readAll(List<String> paths) {
    read.forEach(places -> places.addAll(paths));
  }
}

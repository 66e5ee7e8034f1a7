package io.sparkddpm.spark.pipeline;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/** The settings that an ablation compares: every combination of its axes' alternatives. */
final class AblationMatrix {
  private static final String AXES = "ablate.axes";

  private AblationMatrix() {}

  /**
   * A combination.
   *
   * @param names of its alternatives, one for each axis
   * @param assignments what it sets, as {@code key=value}
   * @param config the whole configuration
   */
  record Cell(List<String> names, List<String> assignments, DdpmConfig config) {
    /** For directories and plots. */
    String name() {
      return String.join("-", names);
    }
  }

  private record Alternative(String name, List<String> assignments) {}

  /**
   * All combinations, the last axis changing fastest.
   *
   * @param axes as {@link AblateConfig#axes} has them
   * @param set the keys that the configuration sets, which a combination's own beat
   * @throws UserException if an axis is not understood, or a combination is refused
   */
  static List<Cell> of(List<String> axes, SortedMap<String, String> set) {
    if (axes.isEmpty()) {
      throw new UserException(
          "%s is empty: set what is varied, such as ['e: diffusion.prediction=epsilon | v:"
              + " diffusion.prediction=v'] (conf/ablation.conf)",
          AXES);
    }
    List<List<Alternative>> combinations = List.of(List.of());
    for (String axis : axes) {
      List<List<Alternative>> longer = new ArrayList<>();
      for (List<Alternative> before : combinations) {
        for (Alternative alternative : alternatives(axis)) {
          List<Alternative> combination = new ArrayList<>(before);
          combination.add(alternative);
          longer.add(combination);
        }
      }
      combinations = longer;
    }
    return combinations.stream().map(c -> cell(c, set)).toList();
  }

  private static Cell cell(List<Alternative> combination, SortedMap<String, String> set) {
    List<String> names = combination.stream().map(Alternative::name).toList();
    List<String> assignments = combination.stream().flatMap(a -> a.assignments().stream()).toList();
    String origin = AXES + " " + String.join("-", names);
    ConfigLayer layer =
        ConfigLayer.assignments(origin, assignments)
            .over(ConfigLayer.values("the configuration", set));
    DdpmConfig config = ConfigBinder.bind(DdpmConfig.DEFAULTS, layer);
    try {
      config.runSettings();
    } catch (UserException e) {
      throw new UserException(e, "%s: %s", origin, e.getMessage());
    }
    return new Cell(names, assignments, config);
  }

  private static List<Alternative> alternatives(String axis) {
    List<Alternative> alternatives = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (String text : axis.split("\\|", -1)) {
      int colon = text.indexOf(':');
      String name = colon < 0 ? "" : text.substring(0, colon).strip();
      List<String> assignments = List.of(text.substring(colon + 1).strip().split("\\s+"));
      if (!name.matches("[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")
          || !assignments.stream().allMatch(a -> a.indexOf('=') > 0)) {
        throw new UserException(
            "%s: '%s' is not understood; an alternative is 'NAME: key=value key=value ...', its"
                + " name of letters, digits and ._+-",
            AXES, text.strip());
      }
      if (!names.add(name)) {
        throw new UserException("%s: two alternatives of one axis are called %s", AXES, name);
      }
      alternatives.add(new Alternative(name, assignments));
    }
    return alternatives;
  }
}

package io.sparkddpm.spark.sampling;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.DistillationObjective;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Settings of a run that may be chosen again when samples are drawn: any network may be drawn from
 * with a fixed variance of the reverse process, and with x0 clipped or not; a learned variance only
 * where the network gives one. What the network was trained with cannot be changed. A student of
 * few steps is drawn from along those, but for what is set.
 *
 * @param variance σ_t² of the reverse process; the run's without it
 * @param clipX0 whether the predicted x0 is clipped; the run's without it
 * @param claims further keys that were set, with their values: those that decide what the network
 *     means must be the run's
 * @param open keys of how samples are drawn that nothing sets
 */
public record SampleOverrides(
    Optional<VarianceType> variance,
    Optional<Boolean> clipX0,
    SortedMap<String, String> claims,
    Set<String> open) {
  private static final String VARIANCE = "diffusion.variance";
  private static final String CLIP_X0 = "diffusion.clip-x0";
  private static final String SOLVER = "sample.solver";
  private static final String STEPS = "sample.steps";
  private static final String SPACING = "sample.spacing";
  private static final List<String> TRAINED = List.of("schedule.", "diffusion.", "model.");

  /** Dropout concerns training alone. */
  private static final String DROPOUT = "model.dropout";

  /** All as the run has it. */
  public static final SampleOverrides NONE =
      new SampleOverrides(Optional.empty(), Optional.empty(), new TreeMap<>(), Set.of());

  /**
   * Of a configuration.
   *
   * @param set the keys that were set, with their values as {@link
   *     io.sparkddpm.config.ConfigText#flatten} gives them
   * @param bound what they were bound to
   */
  public static SampleOverrides of(Map<String, String> set, DiffusionConfig bound) {
    SortedMap<String, String> claims = new TreeMap<>();
    set.forEach(
        (key, value) -> {
          boolean free = key.equals(VARIANCE) || key.equals(CLIP_X0) || key.equals(DROPOUT);
          if (!free && TRAINED.stream().anyMatch(key::startsWith)) {
            claims.put(key, value);
          }
        });
    return new SampleOverrides(
        set.containsKey(VARIANCE) ? Optional.of(bound.variance()) : Optional.empty(),
        set.containsKey(CLIP_X0) ? Optional.of(bound.clipX0()) : Optional.empty(),
        claims,
        open(set.keySet()));
  }

  private static Set<String> open(Set<String> set) {
    return Stream.of(SOLVER, STEPS, SPACING)
        .filter(key -> set.stream().noneMatch(s -> s.equals(key) || s.startsWith(key + ".")))
        .collect(Collectors.toSet());
  }

  /** All that a configuration may choose, as it has it. */
  public static SampleOverrides of(DiffusionConfig config) {
    return new SampleOverrides(
        Optional.of(config.variance()), Optional.of(config.clipX0()), new TreeMap<>(), Set.of());
  }

  /** How samples are drawn: as configured, and as a student was made for where nothing is set. */
  SampleConfig applyTo(SampleConfig config, ObjectiveConfig objective) {
    if (!(objective instanceof DistillationObjective stage)) {
      return config;
    }
    SampleConfig own = config.alongStudent(stage.steps());
    return config.along(
        open.contains(SOLVER) ? own.solver() : config.solver(),
        open.contains(STEPS) ? own.steps() : config.steps(),
        open.contains(SPACING) ? own.spacing() : config.spacing());
  }

  /**
   * How the checkpoint's output is read.
   *
   * @throws UserException naming every key that contradicts the checkpoint's run
   */
  public DiffusionConfig applyTo(Checkpoint checkpoint) {
    SortedMap<String, String> trained = checkpoint.settings().keys();
    List<String> contradictions = new ArrayList<>();
    claims.forEach(
        (key, value) -> {
          if (!value.equals(trained.get(key))) {
            contradictions.add(key + " is " + trained.get(key) + " there, " + value + " here");
          }
        });
    if (!contradictions.isEmpty()) {
      throw new UserException(
          "the configuration is not that of %s: %s; give the one that it was trained with, or none",
          checkpoint, String.join("; ", contradictions));
    }
    DiffusionConfig own = checkpoint.diffusion();
    return own.with(variance.orElse(own.variance()), clipX0.orElse(own.clipX0()));
  }
}

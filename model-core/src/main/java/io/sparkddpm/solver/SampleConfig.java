package io.sparkddpm.solver;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.diffusion.ClassScore;
import io.sparkddpm.diffusion.ClassifierFreeGuidance;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.DynamicThreshold;
import io.sparkddpm.diffusion.GuidanceConfig;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.diffusion.VarianceType;
import java.io.Serializable;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/** How images are drawn from a trained network. */
public record SampleConfig(
    @Key(value = "the way from noise to data", recordedAs = "sampler") Solver solver,
    @Key(value = "steps; 0: all of the schedule's timesteps", range = "[0, inf)") int steps,
    @Key("which levels, where the steps are fewer than all") Spacing spacing,
    @Key("with an image's index it decides all of its noise") long seed,
    @Key(
            value =
                "images in one evaluation of the network; the last batch is filled up to it, so"
                    + " that an image depends on its index alone",
            range = "[1, inf)")
        int batchSize,
    @Key("raw, or ema-RATE or power-WIDTH for an average of the weights") String weights,
    @Key(
            value = "class of all images, from 0; -1: all classes of the network in turn",
            range = "[-1, inf)",
            absent = "-1")
        int label,
    @Key(
            value =
                "whether the predicted x0 is clipped to [-1, 1] in every step; DDIM's authors do"
                    + " not clip it",
            derived = "diffusion.clip-x0")
        Boolean clipX0,
    @Key(
            value =
                "σ_t² of the steps; ancestral sampling in few steps needs beta-tilde or"
                    + " learned-range",
            derived = "diffusion.variance")
        VarianceType variance,
    @Key(value = "how images are pushed towards their classes", absent = "classifier-free")
        GuidanceConfig guidance,
    @Key(
            value =
                "share of an image's values that are not clipped: an image with more outside [-1,"
                    + " 1] is clipped to the range of that share and divided by it (Saharia et al."
                    + " 2022), in place of clip-x0; such as 0.995; 0: not",
            range = "[0, 1]",
            absent = "0.0")
        double dynamicThreshold,
    @Key(
            value =
                "timestep t at which images that are made from others begin, with so much noise:"
                    + " the levels above it are left out; -1: all levels",
            range = "[-1, inf)",
            absent = "-1.0")
        double fromLevel)
    implements Serializable {
  /** {@link #label} for all classes in turn. */
  public static final int ALL_LABELS = -1;

  /** {@link #fromLevel} for all levels. */
  private static final double ALL_LEVELS = -1;

  private static final Pattern WEIGHTS = Pattern.compile("raw|(ema|power)-0?\\.\\d+");

  /** The paper's: all steps, ancestral, the average of rate 0.9999. */
  public static final SampleConfig DEFAULTS =
      new SampleConfig(AncestralSolver.DEFAULTS, 0, Spacing.UNIFORM, 0, 16, "ema-0.9999");

  /**
   * All classes in turn, where the network knows any; clipped, and with the variance, as the
   * network's run has it; not guided.
   */
  public SampleConfig(
      Solver solver, int steps, Spacing spacing, long seed, int batchSize, String weights) {
    this(
        solver,
        steps,
        spacing,
        seed,
        batchSize,
        weights,
        ALL_LABELS,
        null,
        null,
        ClassifierFreeGuidance.DEFAULTS,
        0,
        ALL_LEVELS);
  }

  /**
   * Checks the ranges.
   *
   * @param clipX0 null: as the network's run has it
   * @param variance null: as the network's run has it
   */
  public SampleConfig {
    Objects.requireNonNull(solver);
    Objects.requireNonNull(spacing);
    Objects.requireNonNull(weights);
    Objects.requireNonNull(guidance);
    checkArgument(
        dynamicThreshold >= 0 && dynamicThreshold <= 1,
        "dynamic-threshold must be in [0, 1], got %s",
        dynamicThreshold);
    checkArgument(
        fromLevel == ALL_LEVELS || fromLevel >= 0 && fromLevel <= Double.MAX_VALUE,
        "from-level must be at least 0, or -1 for all levels, got %s",
        fromLevel);
    checkArgument(steps >= 0, "steps must not be negative, got %s", steps);
    checkArgument(label >= ALL_LABELS, "label must be at least 0, or -1 for all, got %s", label);
    checkArgument(batchSize >= 1, "batch-size must be at least 1, got %s", batchSize);
    checkArgument(
        WEIGHTS.matcher(weights).matches(),
        "weights must be raw, ema-RATE or power-WIDTH, such as ema-0.9999, got %s",
        weights);
  }

  /**
   * The levels that it goes through.
   *
   * @throws IllegalArgumentException if the steps do not fit the process
   */
  public TimeGrid grid(NoiseProcess process) {
    int total = Spacing.timesteps(process);
    checkArgument(steps <= total, "steps must be at most the schedule's %s, got %s", total, steps);
    TimeGrid all =
        steps == 0 || steps == total
            ? Spacing.UNIFORM.grid(total, process)
            : spacing.grid(steps, process);
    return hasFromLevel() ? all.notAbove(fromLevel) : all;
  }

  /** Whether only the levels up to {@link #fromLevel} are gone through. */
  public boolean hasFromLevel() {
    return fromLevel != ALL_LEVELS;
  }

  /** How a network's output is read: as its run has it, but for what is set here. */
  public DiffusionConfig reading(DiffusionConfig run) {
    return run.with(
        variance == null ? run.variance() : variance, clipX0 == null ? run.clipX0() : clipX0);
  }

  /** The same with nothing set of {@link #reading}. */
  public SampleConfig withoutReading() {
    return with(solver, steps, spacing, weights, label, null, null, guidance);
  }

  /**
   * A network as a solver sees it: guided, and with x_0 kept in range.
   *
   * @param unclipped the network through its head
   * @param score of the classifier that guides, where one does
   * @param diffusion whether x_0 is clipped, where there is no dynamic threshold
   */
  public Denoiser decorated(
      Denoiser unclipped, Optional<ClassScore> score, DiffusionConfig diffusion) {
    Denoiser guided = guidance.guided(unclipped, score);
    return dynamicThreshold > 0
        ? new DynamicThreshold(guided, dynamicThreshold)
        : diffusion.clipped(guided);
  }

  /** The same along another way from noise to data. */
  public SampleConfig along(Solver otherSolver, int otherSteps, Spacing otherSpacing) {
    return with(otherSolver, otherSteps, otherSpacing, weights, label, clipX0, variance, guidance);
  }

  /** The same along the steps that a student was distilled for: its levels, by DDIM. */
  public SampleConfig alongStudent(int studentSteps) {
    return along(DdimSolver.DEFAULTS, studentSteps, Spacing.TRAILING);
  }

  /** The same with other guidance. */
  public SampleConfig withGuidance(GuidanceConfig other) {
    return with(solver, steps, spacing, weights, label, clipX0, variance, other);
  }

  /** The same with other weights. */
  public SampleConfig withWeights(String other) {
    return with(solver, steps, spacing, other, label, clipX0, variance, guidance);
  }

  /** The same of another class. */
  public SampleConfig withLabel(int other) {
    return with(solver, steps, spacing, weights, other, clipX0, variance, guidance);
  }

  private SampleConfig with(
      Solver otherSolver,
      int otherSteps,
      Spacing otherSpacing,
      String otherWeights,
      int otherLabel,
      Boolean otherClipX0,
      VarianceType otherVariance,
      GuidanceConfig otherGuidance) {
    return new SampleConfig(
        otherSolver,
        otherSteps,
        otherSpacing,
        seed,
        batchSize,
        otherWeights,
        otherLabel,
        otherClipX0,
        otherVariance,
        otherGuidance,
        dynamicThreshold,
        fromLevel);
  }
}

package io.sparkddpm.spark.pipeline;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;

/** What one night of a pipeline that runs every night does, beyond what its stages are set to. */
public record NightlyConfig(
    @Key(value = "training steps of a night; 0: as many as hours allow", range = "[0, inf)")
        long steps,
    @Key(
            value =
                "hours of training in a night, which ends with the round in which they pass; 0: as"
                    + " long as steps take; without either the pipeline runs once and not by"
                    + " nights",
            range = "[0, inf)")
        double hours,
    @Key("statistics to measure the distance from; empty: those of the first night's images")
        String reference,
    @Key(
            value =
                "by how much, as a part of the earlier distance, a distance may be larger before"
                    + " the night counts as worse",
            range = "[0, inf)")
        double margin,
    @Key(
            "the earlier night that a distance is compared with: the last one, or the one of the"
                + " least distance")
        Against against,
    @Key(
            value = "nights whose samples and checkpoints stay; the best one's stay too",
            range = "[1, inf)")
        int keepNights,
    @Key(
            value =
                "by how much, as a part, training may be slower than in earlier nights before the"
                    + " report warns of it",
            range = "(0, 1)")
        double slowerBy) {
  /** No nights; a tenth worse than the night before is worse. */
  public static final NightlyConfig DEFAULTS =
      new NightlyConfig(0, 0, "", 0.1, Against.PREVIOUS, 7, 0.3);

  /** The earlier night that a distance is compared with. */
  public enum Against {
    /** The last one. */
    PREVIOUS,
    /** The one of the least distance. */
    BEST
  }

  /** Checks the ranges. */
  public NightlyConfig {
    checkArgument(steps >= 0, "steps must not be negative, got %s", steps);
    checkArgument(hours >= 0, "hours must not be negative, got %s", hours);
    checkArgument(reference != null, "reference is required");
    checkArgument(margin >= 0, "margin must not be negative, got %s", margin);
    checkArgument(keepNights >= 1, "keep-nights must be at least 1, got %s", keepNights);
    checkArgument(
        slowerBy > 0 && slowerBy < 1, "slower-by must be between 0 and 1, got %s", slowerBy);
  }

  /** Whether there are nights at all. */
  public boolean isOn() {
    return steps > 0 || hours > 0;
  }
}

package io.sparkddpm.spark.pipeline;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import java.util.List;

/** What settings an ablation compares. */
public record AblateConfig(
    @Key(
            "what is varied, each axis with each other: an axis is its alternatives with vertical"
                + " bars between them, an alternative a name, a colon and one or more key=value"
                + " with blanks between them; conf/ablation.conf is an example")
        List<String> axes,
    @Key(
            value = "settings that are trained and measured at the same time; changes speed only",
            range = "[1, 64]")
        int atOnce) {
  /** Nothing is varied. */
  public static final AblateConfig DEFAULTS = new AblateConfig(List.of(), 1);

  /** Checks the range. */
  public AblateConfig {
    axes = List.copyOf(axes);
    checkArgument(
        atOnce >= 1 && atOnce <= 64, "ablate.at-once must be from 1 to 64, got %s", atOnce);
  }
}

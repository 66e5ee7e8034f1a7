package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.util.Locale;
import java.util.OptionalLong;

/** Names in a run's directory. */
public final class RunFiles {
  static final String METRICS = "metrics.jsonl";
  static final String LOSS_PLOT = "loss.png";
  static final String CHECKPOINTS = "checkpoints";
  static final String TENSORBOARD = "tensorboard";
  static final String METRICS_PARTS = "metrics";
  static final String GRIDS = "grids";
  static final String SETTINGS = "settings.conf";
  static final String ID = "run-id";
  static final String PART_SUFFIX = ".jsonl";
  private static final String STEP = "step-";

  private RunFiles() {}

  /** {@code step-00002000}. */
  public static String step(long step) {
    return String.format(Locale.ROOT, STEP + "%08d", step);
  }

  /** The step of a name that {@link #step} made, with a suffix; empty for any other name. */
  static OptionalLong stepOf(String name, String suffix) {
    if (!name.startsWith(STEP) || !name.endsWith(suffix)) {
      return OptionalLong.empty();
    }
    String digits = name.substring(STEP.length(), name.length() - suffix.length());
    boolean ours =
        digits.length() >= 8
            && digits.length() <= 18
            && digits.chars().allMatch(Character::isDigit);
    return ours ? OptionalLong.of(Long.parseLong(digits)) : OptionalLong.empty();
  }

  static URI checkpoints(URI run) {
    return Locations.resolve(run, CHECKPOINTS);
  }

  static URI checkpoint(URI run, long step) {
    return Locations.resolve(run, CHECKPOINTS + "/" + step(step));
  }

  static URI grid(URI run, long step) {
    return Locations.resolve(run, GRIDS + "/" + step(step) + ".png");
  }
}

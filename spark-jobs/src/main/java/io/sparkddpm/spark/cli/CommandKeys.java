package io.sparkddpm.spark.cli;

import io.sparkddpm.error.UserException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which keys of the configuration a command reads. A file of configuration serves several commands,
 * so it may hold any key; {@code --set} is meant for one, and a key that this one does not read is
 * refused.
 */
final class CommandKeys {
  private static final List<String> ENGINE = List.of("engine.");
  private static final List<String> NETWORK = List.of("schedule.", "diffusion.", "model.");
  private static final List<String> RUN =
      List.of("seed", "optimizer.", "training.", "data.", "maintenance.", "mlflow.", "sample.");
  private static final List<String> DRAWING =
      List.of("sample.", "diffusion.variance", "diffusion.clip-x0");

  /** By command; what ends in a dot is a whole section. */
  private static final Map<String, List<String>> READ = new LinkedHashMap<>();

  static {
    READ.put("shard", List.of("shard."));
    READ.put("train", joined(ENGINE, NETWORK, RUN));
    READ.put(
        "train-classifier",
        joined(
            ENGINE,
            NETWORK,
            List.of("seed", "optimizer.", "training.", "data.", "maintenance.", "mlflow.")));
    READ.put(
        "distil",
        joined(
            ENGINE,
            NETWORK,
            List.of(
                "seed",
                "optimizer.",
                "training.",
                "data.",
                "maintenance.",
                "mlflow.",
                "sample.weights",
                "sample.seed",
                "sample.batch-size",
                "sample.guidance.scale")));
    READ.put("import", joined(ENGINE, NETWORK, RUN));
    READ.put("sample", joined(ENGINE, DRAWING, List.of("fid.")));
    READ.put("interpolate", joined(ENGINE, DRAWING));
    READ.put("coarse-to-fine", joined(ENGINE, DRAWING));
    READ.put(
        "encode",
        joined(
            ENGINE,
            List.of(
                "encode.",
                "sample.weights",
                "sample.steps",
                "sample.spacing",
                "sample.seed",
                "sample.batch-size")));
    List<String> coding = List.of("sample.weights", "sample.batch-size");
    READ.put("latents", joined(ENGINE, coding));
    READ.put("reconstruct", joined(ENGINE, coding));
    READ.put("sweep", joined(ENGINE, DRAWING, List.of("fid.")));
    READ.put(
        "evaluate",
        joined(
            ENGINE,
            List.of(
                "evaluate.",
                "data.",
                "sample.weights",
                "diffusion.variance",
                "diffusion.clip-x0")));
    READ.put(
        "ablate",
        joined(
            ENGINE,
            NETWORK,
            RUN,
            List.of("fid.", "evaluate.", "ablate.", "pipeline.sample-count")));
    READ.put("reference-stats", joined(ENGINE, List.of("fid.")));
    READ.put("fid", joined(ENGINE, List.of("fid.")));
    READ.put("measure", List.of());
    READ.put("export-files", List.of());
    List<String> pipeline = List.of("shard.", "fid.", "pipeline.", "nightly.");
    READ.put("pipeline", joined(ENGINE, NETWORK, RUN, pipeline));
    READ.put("demo", joined(ENGINE, NETWORK, RUN, pipeline, List.of("demo.")));
    List<String> steps = List.of("seed", "optimizer.", "training.", "data.");
    READ.put("plan", joined(ENGINE, NETWORK, steps));
    READ.put("bench", joined(ENGINE, NETWORK, List.of("optimizer.")));
    READ.put("bench-rounds", joined(ENGINE, NETWORK, steps));
    READ.put("bench-inception", ENGINE);
    READ.put("doctor", ENGINE);
    READ.put("draw", List.of("seed"));
  }

  private CommandKeys() {}

  /**
   * Refuses keys that a command would ignore.
   *
   * @param origin where they come from, such as {@code --set}
   * @throws UserException naming the first one and the commands that read it
   */
  static void refuseUnread(String command, String origin, Collection<String> keys) {
    for (String key : keys) {
      if (!reads(command, key)) {
        throw new UserException(
            "%s %s: '%s' does not read that key; it is read by %s",
            origin, key, command, String.join(", ", readers(key)));
      }
    }
  }

  /** The commands that do anything with a key. */
  static List<String> readers(String key) {
    return READ.keySet().stream().filter(command -> reads(command, key)).toList();
  }

  /** Whether a command does anything with a key. */
  static boolean reads(String command, String key) {
    return READ.get(command).stream()
        .anyMatch(read -> read.endsWith(".") ? key.startsWith(read) : key.equals(read));
  }

  @SafeVarargs
  private static List<String> joined(List<String>... parts) {
    List<String> all = new ArrayList<>();
    for (List<String> part : parts) {
      all.addAll(part);
    }
    return all;
  }
}

package io.sparkddpm.spark.evaluation;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.statistics.ResizeMode;
import java.util.List;

/** How features are taken and what is made of them. */
public record FidConfig(
    @Key(
            "layer of the Inception network: 64, 192, sfid, 768, 1280, 2048, logits or"
                + " logits-without-bias; only 2048 gives what is called FID; the random network,"
                + " which stands in without a file, has one layer")
        String layer,
    @Key("how images are resized to the network's input") ResizeMode resize,
    @Key(
            value = "images that a task takes through the network at once; 11 MB each",
            range = "[1, 1024]")
        int batchSize,
    @Key("whether to measure sets of no more images than the features have dimensions")
        boolean force,
    @Key("whether to accept a network's file that is not the published one") boolean unknownNetwork,
    @Key("what is measured, by the names that 'fid --help' lists; fid in any case")
        List<String> metrics,
    @Key(value = "which neighbour bounds a ball of precision and recall", range = "[1, 100]")
        int neighbours,
    @Key(value = "which neighbour bounds a ball of density and coverage", range = "[1, 100]")
        int wideNeighbours,
    @Key(value = "random subsets that the kernel distance is also taken over", range = "[1, inf)")
        int kidSubsets,
    @Key(
            value =
                "vectors of each set in a subset; a set of no more has the estimate over all pairs"
                    + " alone",
            range = "[2, inf)")
        int kidSubsetSize,
    @Key("which subsets") long kidSeed,
    @Key(
            value = "consecutive parts of the samples that the Inception Score is averaged over",
            range = "[1, inf)")
        int scoreSplits,
    @Key(value = "directions that the Monge distance is the mean over", range = "[1, inf)")
        int mindDirections,
    @Key(value = "random subsets of the samples that FID∞ is extrapolated from", range = "[2, inf)")
        int infinitySubsets,
    @Key(value = "images of the smallest of these subsets", range = "[2, inf)") int infinityLeast,
    @Key("which directions, and which subsets for FID∞") long seed,
    @Key(
            value = "side of the images that a TorchScript network in place of Inception takes",
            range = "[1, 4096]")
        int encoderSize,
    @Key("whether to measure each class by itself, where both sets have labels") boolean perClass) {
  public static final FidConfig DEFAULTS =
      new FidConfig(
          "2048",
          ResizeMode.TF1,
          8,
          false,
          false,
          List.of("fid"),
          3,
          5,
          100,
          1000,
          0,
          10,
          1024,
          15,
          5000,
          0,
          224,
          false);

  public FidConfig {
    checkArgument(layer != null && !layer.isBlank(), "fid.layer must not be empty");
    metrics = List.copyOf(metrics);
    checkArgument(
        1 <= batchSize && batchSize <= 1024,
        "fid.batch-size must be from 1 to 1024, got %s",
        batchSize);
    checkArgument(
        1 <= neighbours && neighbours <= 100 && 1 <= wideNeighbours && wideNeighbours <= 100,
        "fid.neighbours and fid.wide-neighbours must be from 1 to 100, got %s and %s",
        neighbours,
        wideNeighbours);
    checkArgument(
        kidSubsets >= 1 && kidSubsetSize >= 2,
        "fid.kid-subsets must be at least 1 and fid.kid-subset-size 2, got %s and %s",
        kidSubsets,
        kidSubsetSize);
    checkArgument(scoreSplits >= 1, "fid.score-splits must be at least 1, got %s", scoreSplits);
    checkArgument(
        1 <= encoderSize && encoderSize <= 4096,
        "fid.encoder-size must be 1 to 4096, got %s",
        encoderSize);
    checkArgument(
        mindDirections >= 1 && infinitySubsets >= 2 && infinityLeast >= 2,
        "fid.mind-directions must be at least 1, fid.infinity-subsets and fid.infinity-least 2, got"
            + " %s, %s and %s",
        mindDirections,
        infinitySubsets,
        infinityLeast);
  }

  public FidConfig withLayer(String value) {
    return with(value, resize, batchSize, force, unknownNetwork);
  }

  public FidConfig withResize(ResizeMode value) {
    return with(layer, value, batchSize, force, unknownNetwork);
  }

  public FidConfig withBatchSize(int value) {
    return with(layer, resize, value, force, unknownNetwork);
  }

  public FidConfig withForce(boolean value) {
    return with(layer, resize, batchSize, value, unknownNetwork);
  }

  public FidConfig withUnknownNetwork(boolean value) {
    return with(layer, resize, batchSize, force, value);
  }

  public FidConfig withMetrics(List<String> values) {
    return withMetrics(values, new Subsets(kidSubsets, kidSubsetSize), infinity(), perClass);
  }

  public FidConfig withPerClass(boolean value) {
    return withMetrics(metrics, new Subsets(kidSubsets, kidSubsetSize), infinity(), value);
  }

  public FidConfig withSubsets(int count, int size) {
    return withMetrics(metrics, new Subsets(count, size), infinity(), perClass);
  }

  /** With other subsets for FID∞. */
  public FidConfig withInfinity(int count, int least) {
    Subsets kid = new Subsets(kidSubsets, kidSubsetSize);
    return withMetrics(metrics, kid, new Subsets(count, least), perClass);
  }

  /** How many random subsets, and how large they are. */
  private record Subsets(int count, int size) {}

  private Subsets infinity() {
    return new Subsets(infinitySubsets, infinityLeast);
  }

  private FidConfig with(
      String layer, ResizeMode resize, int batchSize, boolean force, boolean unknown) {
    return new FidConfig(
        layer,
        resize,
        batchSize,
        force,
        unknown,
        metrics,
        neighbours,
        wideNeighbours,
        kidSubsets,
        kidSubsetSize,
        kidSeed,
        scoreSplits,
        mindDirections,
        infinitySubsets,
        infinityLeast,
        seed,
        encoderSize,
        perClass);
  }

  private FidConfig withMetrics(
      List<String> values, Subsets kid, Subsets infinity, boolean classes) {
    return new FidConfig(
        layer,
        resize,
        batchSize,
        force,
        unknownNetwork,
        values,
        neighbours,
        wideNeighbours,
        kid.count,
        kid.size,
        kidSeed,
        scoreSplits,
        mindDirections,
        infinity.count,
        infinity.size,
        seed,
        encoderSize,
        classes);
  }
}

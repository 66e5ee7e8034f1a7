package io.sparkddpm.spark.lab.chaos;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/** {@code shard}: two files of images become a dataset. */
final class ShardScenario implements Scenario {
  private static final String DATASET = "dataset";

  private final SoakEnvironment environment;

  ShardScenario(SoakEnvironment environment) {
    this.environment = environment;
  }

  @Override
  public String name() {
    return "shard";
  }

  @Override
  public List<List<String>> commands(SoakDirectory directory, int threads) {
    return List.of(
        List.of(
            "shard",
            "--input=" + directory.uri(environment.images(5, 60)),
            "--input=" + directory.uri(environment.images(6, 41)),
            "--output=" + directory.uri(DATASET),
            "--image-size=16",
            "--set=shard.records-per-shard=8"));
  }

  @Override
  public int changes() {
    return 12;
  }

  @Override
  public long whole(Path dir) {
    return Content.isWhole(dir.resolve(DATASET)) ? 1 : 0;
  }

  @Override
  public boolean isMade(Path dir, int command) {
    return Content.isWhole(dir.resolve(DATASET));
  }

  @Override
  public SortedMap<String, String> content(Path dir) {
    return new Content().artifactAndFingerprint(DATASET, dir.resolve(DATASET)).values();
  }
}

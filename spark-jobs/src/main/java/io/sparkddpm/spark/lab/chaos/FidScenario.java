package io.sparkddpm.spark.lab.chaos;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/** {@code reference-stats} of some images, then {@code fid} of others from them. */
final class FidScenario implements Scenario {
  private static final String STATISTICS = "statistics";
  private static final String DISTANCE = "fid.json";

  private final SoakEnvironment environment;

  FidScenario(SoakEnvironment environment) {
    this.environment = environment;
  }

  @Override
  public String name() {
    return "fid";
  }

  @Override
  public List<List<String>> commands(SoakDirectory directory, int threads)
      throws InterruptedException {
    String images = directory.uri(environment.dataset(16));
    return List.of(
        List.of("reference-stats", "--input=" + images, "--output=" + directory.uri(STATISTICS)),
        List.of(
            "fid",
            "--samples=" + images,
            "--reference=" + directory.uri(STATISTICS),
            "--output=" + directory.uri(DISTANCE),
            "--force"));
  }

  @Override
  public int changes() {
    return 12;
  }

  @Override
  public long whole(Path dir) {
    long statistics = Content.isWhole(dir.resolve(STATISTICS)) ? 1 : 0;
    return statistics + (Files.exists(dir.resolve(DISTANCE)) ? 1 : 0);
  }

  @Override
  public boolean isMade(Path dir, int command) {
    return command == 0
        ? Content.isWhole(dir.resolve(STATISTICS))
        : Files.exists(dir.resolve(DISTANCE));
  }

  @Override
  public SortedMap<String, String> content(Path dir) {
    return new Content()
        .artifactAndFingerprint(STATISTICS, dir.resolve(STATISTICS))
        .numbers("fid", dir.resolve(DISTANCE))
        .put("working files", Files.exists(dir.resolve(DISTANCE + ".work")))
        .values();
  }
}

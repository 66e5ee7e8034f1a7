package io.sparkddpm.spark.lab.chaos;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/** {@code sample}: images drawn from a run that nobody disturbed. */
final class SampleScenario implements Scenario {
  private static final String SAMPLES = "samples";

  private final SoakEnvironment environment;

  SampleScenario(SoakEnvironment environment) {
    this.environment = environment;
  }

  @Override
  public String name() {
    return "sample";
  }

  @Override
  public List<List<String>> commands(SoakDirectory directory, int threads)
      throws InterruptedException {
    return List.of(
        List.of(
            "sample",
            "--run=" + directory.uri(environment.run()),
            "--count=40",
            "--npz",
            "--output=" + directory.uri(SAMPLES),
            "--set=sample.weights=ema-0.9",
            "--set=sample.solver=ddim",
            "--set=sample.batch-size=4",
            "--set=sample.steps=2"));
  }

  @Override
  public int changes() {
    return 16;
  }

  @Override
  public long whole(Path dir) {
    return Content.isWhole(dir.resolve(SAMPLES)) ? 1 : 0;
  }

  @Override
  public boolean isMade(Path dir, int command) {
    return Content.isWhole(dir.resolve(SAMPLES));
  }

  @Override
  public SortedMap<String, String> content(Path dir) {
    return new Content().artifactAndFingerprint(SAMPLES, dir.resolve(SAMPLES)).values();
  }
}

package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.random.RandomStream;
import java.util.Locale;
import java.util.function.BiFunction;

/** Jobs that a soak run can disturb. */
public enum Job {
  SHARD((ground, random) -> new ShardScenario(ground)),
  TRAIN((ground, random) -> new TrainScenario(ground, TrainScenario.Mode.draw(random))),
  SAMPLE((ground, random) -> new SampleScenario(ground)),
  FID((ground, random) -> new FidScenario(ground)),
  NIGHTLY((ground, random) -> NightlyScenario.draw(ground, random));

  private final BiFunction<SoakEnvironment, RandomStream, Scenario> scenario;

  Job(BiFunction<SoakEnvironment, RandomStream, Scenario> scenario) {
    this.scenario = scenario;
  }

  Scenario scenario(SoakEnvironment ground, RandomStream random) {
    return scenario.apply(ground, random);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

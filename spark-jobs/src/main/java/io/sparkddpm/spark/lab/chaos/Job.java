package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.random.RandomStream;
import java.util.Locale;
import java.util.function.BiFunction;

/** Jobs that a soak run can disturb. */
public enum Job {
  SHARD((environment, random) -> new ShardScenario(environment)),
  TRAIN((environment, random) -> new TrainScenario(environment, TrainScenario.Mode.draw(random))),
  SAMPLE((environment, random) -> new SampleScenario(environment)),
  FID((environment, random) -> new FidScenario(environment)),
  NIGHTLY((environment, random) -> NightlyScenario.draw(environment, random));

  private final BiFunction<SoakEnvironment, RandomStream, Scenario> scenario;

  Job(BiFunction<SoakEnvironment, RandomStream, Scenario> scenario) {
    this.scenario = scenario;
  }

  Scenario scenario(SoakEnvironment environment, RandomStream random) {
    return scenario.apply(environment, random);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

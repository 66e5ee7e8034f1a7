package io.sparkddpm.spark.lab.toy;

import io.sparkddpm.error.UserException;
import java.util.List;

/** All experiments, in the order in which they are shown. */
final class Toys {
  static final List<Toy> ALL =
      List.of(
          new ForwardProcess(),
          new Marginals(),
          new Posterior(),
          new PredictionErrors(),
          new ConditionalNoise(),
          new SharedTime(),
          new ScoreField(),
          new Paths(),
          new StepSkipping(),
          new OneShot(),
          new FewerSteps(),
          new Frequencies(),
          new NoiseScale(),
          new Guidance(),
          new SlicedScores(),
          new Weights(),
          new LearnedVariance(),
          new ImportanceSampling());

  private Toys() {}

  /** Their names. */
  static List<String> names() {
    return ALL.stream().map(Toy::name).toList();
  }

  /**
   * Some of them, in their own order.
   *
   * @param names empty: all
   * @throws UserException if there is none of a name
   */
  static List<Toy> named(List<String> names) {
    for (String name : names) {
      if (ALL.stream().noneMatch(toy -> toy.name().equals(name))) {
        throw new UserException(
            "there is no toy %s; there are %s", name, String.join(", ", names()));
      }
    }
    return ALL.stream().filter(toy -> names.isEmpty() || names.contains(toy.name())).toList();
  }
}

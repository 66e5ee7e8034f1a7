package io.sparkddpm.spark.sampling;

import io.sparkddpm.diffusion.ClassifierGuidance;
import io.sparkddpm.diffusion.GuidanceConfig;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.ClassifierConfig;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * A classifier that guides samples.
 *
 * @param checkpoint that holds its weights
 * @param network what it is, without dropout
 * @param guidance how it guides
 */
record Classifier(Checkpoint checkpoint, ClassifierConfig network, ClassifierGuidance guidance) {
  /**
   * Finds the one that guidance names, where it names one.
   *
   * @param denoiser the checkpoint that is sampled from
   * @throws UserException if there is no such classifier, or it is not for images, classes and
   *     noise of that network
   */
  static Optional<Classifier> open(
      Configuration conf, GuidanceConfig guidance, Checkpoint denoiser) {
    return guidance.isOn() && guidance instanceof ClassifierGuidance by
        ? Optional.of(found(conf, by, denoiser))
        : Optional.empty();
  }

  private static Classifier found(
      Configuration conf, ClassifierGuidance guidance, Checkpoint denoiser) {
    if (guidance.run().isEmpty()) {
      throw new UserException(
          "sample.guidance.type=classifier needs sample.guidance.run, a run that"
              + " 'train-classifier' made");
    }
    Checkpoint found = Checkpoints.resolve(conf, Locations.parse(conf, guidance.run()));
    if (!(found.modelConfig() instanceof ClassifierConfig network)) {
      throw new UserException(
          "%s holds no classifier: sample.guidance.run must be a run that 'train-classifier' made",
          found);
    }
    if (!found.weightNames().contains(guidance.weights())) {
      throw new UserException(
          "%s has no weights '%s', it has %s: set sample.guidance.weights",
          found, guidance.weights(), String.join(", ", found.weightNames()));
    }
    if (!network.inputShape().equals(denoiser.modelConfig().inputShape())) {
      throw new UserException(
          "the classifier %s is for images of shape %s, %s draws %s",
          found, network.inputShape(), denoiser, denoiser.modelConfig().inputShape());
    }
    List<String> names = found.classNames();
    List<String> wanted = denoiser.classNames();
    if (!names.isEmpty() && !wanted.isEmpty() && !names.equals(wanted)) {
      throw new UserException(
          "the classes of the classifier %s are %s, those of %s are %s",
          found, String.join(", ", names), denoiser, String.join(", ", wanted));
    }
    if (!found.schedule().equals(denoiser.schedule())) {
      throw new UserException(
          "the classifier %s was trained with another noise schedule than %s: train it with the"
              + " same schedule.*",
          found, denoiser);
    }
    return new Classifier(found, network.withoutDropout(), guidance);
  }

  /** Of the weights. */
  String fingerprint() {
    return checkpoint.manifest().fingerprint();
  }

  /** How samples are drawn, wherever the classifier is. */
  SampleConfig placeless(SampleConfig config) {
    return config.withGuidance(guidance.withoutRun());
  }

  /** What executors need of it. */
  ShardSampler.Guide guide(EngineFactory engine) {
    return new ShardSampler.Guide(
        network,
        checkpoint.settings().optimizer(),
        checkpoint.weights(guidance.weights(), engine.layout(network)));
  }
}

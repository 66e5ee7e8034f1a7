package io.sparkddpm.spark.cli;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.ClassifierConfig;
import picocli.CommandLine.Command;

/** {@code train-classifier}: a dataset with labels becomes a classifier of noisy images. */
@Command(
    name = "train-classifier",
    description = {
      "Trains a classifier of noisy images on a dataset with labels, to guide samples.",
      "Resumes from the run's latest whole checkpoint, if there is one."
    },
    mixinStandardHelpOptions = true)
final class TrainClassifierCommand extends TrainCommand {
  @Override
  String name() {
    return "train-classifier";
  }

  @Override
  ConfigLayer defaults() {
    return ConfigLayer.text(
        name(), "model.type = classifier\ntraining.objective.type = cross-entropy\n");
  }

  @Override
  void check(ConfigOptions.Resolved resolved) {
    if (!(resolved.config().model() instanceof ClassifierConfig)) {
      throw new UserException(
          "'train-classifier' trains model.type=classifier, of images; the configuration has %s",
          ConfigBinder.type(resolved.config().model()));
    }
  }
}

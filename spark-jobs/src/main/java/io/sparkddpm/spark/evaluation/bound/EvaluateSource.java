package io.sparkddpm.spark.evaluation.bound;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.error.UserException;
import io.sparkddpm.medium.ImageMedium;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.spark.data.DataConfig;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.ExampleSource;
import io.sparkddpm.spark.evaluation.EvaluateConfig;
import io.sparkddpm.spark.sampling.SampleOverrides;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.PlannedArtifact;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.tensor.Shape;
import java.net.URI;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * A checkpoint and the datasets that it is measured on.
 *
 * @param checkpoint that holds the weights
 * @param datasets whose images are measured
 * @param plan what is measured
 * @param data how datasets are read
 * @param engine what computes
 */
record EvaluateSource(
    Checkpoint checkpoint,
    List<Dataset> datasets,
    EvaluatePlan plan,
    DataConfig data,
    EngineFactory engine) {
  /**
   * Opens checkpoint and datasets.
   *
   * @throws UserException if one is missing or bad, or they do not fit each other or the
   *     configuration
   */
  static EvaluateSource open(
      Configuration conf,
      URI source,
      List<URI> sets,
      String weights,
      EvaluateConfig config,
      DataConfig data,
      SampleOverrides overrides,
      EngineFactory engine) {
    Checkpoint checkpoint = Checkpoints.resolve(conf, source);
    if (!checkpoint.weightNames().contains(weights)) {
      throw new UserException(
          "%s has no weights '%s', it has %s",
          checkpoint, weights, String.join(", ", checkpoint.weightNames()));
    }
    List<Dataset> datasets = sets.stream().map(uri -> open(conf, uri, checkpoint)).toList();
    try {
      EvaluatePlan plan =
          new EvaluatePlan(
              checkpoint.manifest().fingerprint(),
              weights,
              checkpoint.modelConfig(),
              checkpoint.schedule(),
              overrides.applyTo(checkpoint),
              datasets.get(0).layout().type().decoder(),
              config,
              data.windowShards(),
              datasets.stream().map(Dataset::fingerprint).toList(),
              datasets.stream().map(d -> images(d, config.images())).toList(),
              engine.name());
      datasets.forEach(d -> ExampleSource.open(HadoopConf.of(conf), d, data, config.seed()));
      return new EvaluateSource(checkpoint, datasets, plan, data, engine);
    } catch (IllegalArgumentException e) {
      throw new UserException(e, "cannot evaluate %s: %s", checkpoint, e.getMessage());
    }
  }

  private static Dataset open(Configuration conf, URI uri, Checkpoint checkpoint) {
    Dataset dataset = Dataset.open(conf, uri);
    NetworkConfig network = checkpoint.modelConfig();
    Medium trained = checkpoint.notes().medium();
    if (!dataset.medium().equals(trained)) {
      throw new UserException(
          "%s holds %s, but the network of %s was trained on %s",
          uri, dataset.medium(), checkpoint, trained);
    }
    if (trained instanceof ImageMedium) {
      dataset.requireImages(); // not latents, whose bits are not those of the images
    }
    Shape data = checkpoint.diffusion().noise().dataShape(network);
    if (!dataset.layout().shape().equals(data)) {
      throw new UserException(
          "%s has records of %s, but the network of %s takes %s",
          uri, dataset.layout(), checkpoint, data);
    }
    int classes = dataset.classNames().size();
    if (network.classes() > 0 && network.classes() != classes) {
      throw new UserException(
          "%s has %s classes, but the network of %s was trained with %s",
          uri, classes, checkpoint, network.classes());
    }
    return dataset;
  }

  private static long images(Dataset dataset, long wanted) {
    if (wanted > dataset.size() || dataset.size() < 2) {
      throw new UserException(
          "%s has %s %s; evaluate.images must be 0 for all, or from 2 to their number, got %s",
          dataset.uri(), dataset.size(), dataset.medium().plural(), wanted);
    }
    return wanted == 0 ? dataset.size() : wanted;
  }

  /**
   * What measures the plan's parts on executors.
   *
   * @param threads native threads of a task
   */
  PartEvaluator evaluator(HadoopConf conf, int threads) {
    return new PartEvaluator(
        plan,
        checkpoint.notes().medium(),
        conf,
        List.copyOf(datasets),
        data,
        engine,
        checkpoint.settings().optimizer(),
        threads,
        checkpoint.weights(plan.weights(), engine.layout(plan.network())));
  }

  /** The manifest of the evaluation, without its files. */
  Manifest.Builder manifest() {
    Manifest.Builder manifest =
        Manifest.builder(ArtifactKind.EVALUATION)
            .config(plan.toMap())
            .seed("evaluate", plan.evaluate().seed())
            .input(checkpoint.uri().toString(), checkpoint.manifest().fingerprint());
    datasets.forEach(d -> manifest.input(d.uri().toString(), d.fingerprint()));
    return manifest
        .count("images", plan.images().stream().mapToLong(Long::longValue).sum())
        .count("checkpoint-step", checkpoint.step())
        .property("weights", plan.weights())
        .property(PlannedArtifact.PLAN, plan.fingerprint());
  }
}

package io.sparkddpm.spark.pipeline;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.ShardJob;
import io.sparkddpm.spark.evaluation.job.FidInputs;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.evaluation.job.ReferenceStatsJob;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.sampling.SampleOverrides;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.RunFiles;
import io.sparkddpm.spark.training.job.TrainJob;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * All jobs in a row: images → dataset → run → samples → distances → report. A stage whose artefact
 * is there and whole is skipped, so that an interrupted pipeline resumes. For one thread.
 */
public final class Pipeline {
  private final SparkSession session;
  private DdpmConfig config = DdpmConfig.DEFAULTS;
  private List<URI> inputs = List.of();
  private List<URI> testInputs = List.of();
  private URI output;
  private Optional<URI> inception = Optional.empty();
  private String title = "Diffusion model";
  private Progress progress = Progress.NONE;

  /**
   * The artefacts and results of all stages.
   *
   * @param dataset the images
   * @param warnings about the inputs, those of the test images too
   * @param training the run
   * @param measured samples and their distances, for each set of weights
   * @param lossPlot the loss by step, PNG
   * @param report the page that shows all
   * @param seconds that each stage took
   */
  public record Result(
      ShardJob.Result dataset,
      List<String> warnings,
      TrainJob.Result training,
      List<Measured> measured,
      Optional<URI> lossPlot,
      URI report,
      Map<String, Double> seconds) {}

  /**
   * One set of weights, measured.
   *
   * @param weights {@code raw} or an average's name
   * @param samples drawn with them
   * @param distance of the samples to the dataset
   * @param testDistance of the samples to the images that were not trained on, if there are any
   */
  public record Measured(
      String weights,
      SampleJob.Result samples,
      FidResult distance,
      Optional<FidResult> testDistance) {}

  private Pipeline(SparkSession session) {
    this.session = session;
  }

  /** A pipeline on a session. */
  public static Pipeline on(SparkSession session) {
    return new Pipeline(session);
  }

  /** The configuration of all stages. */
  public Pipeline config(DdpmConfig value) {
    this.config = value;
    return this;
  }

  /** Files or directories of images. */
  public Pipeline inputs(List<URI> uris) {
    this.inputs = List.copyOf(uris);
    return this;
  }

  /** Images that are not trained on, as a second reference. */
  public Pipeline testInputs(List<URI> uris) {
    this.testInputs = List.copyOf(uris);
    return this;
  }

  /** Directory below which everything is put. */
  public Pipeline output(URI uri) {
    this.output = uri;
    return this;
  }

  /** The published Inception network; without it the distance is {@code fd-random}. */
  public Pipeline inception(URI graph) {
    this.inception = Optional.of(graph);
    return this;
  }

  /** The report's heading. */
  public Pipeline title(String text) {
    this.title = text;
    return this;
  }

  /** Receives the progress of each stage. */
  public Pipeline progress(Progress value) {
    this.progress = value;
    return this;
  }

  /**
   * Runs what is not done.
   *
   * @throws UserException if an input or an artefact of an earlier stage is bad
   */
  public Result run() {
    checkState(!inputs.isEmpty() && output != null, "inputs and output are needed");
    config.shard().requireImages("pipeline");
    return new Stages().run();
  }

  /** One run. */
  private final class Stages {
    private final Map<String, Double> seconds = new LinkedHashMap<>();

    Result run() {
      FidInputs.requireEnough(
          session.sparkContext().hadoopConfiguration(),
          inception,
          config.fid(),
          "pipeline.sample-count",
          config.pipeline().sampleCount());
      ShardJob.Result dataset = timed("shard", () -> shard(inputs, "dataset"));
      List<ShardJob.Result> test =
          testInputs.isEmpty()
              ? List.of()
              : List.of(timed("shard", () -> shard(testInputs, "test-dataset")));
      TrainJob.Result training = timed("train", () -> train(dataset.dataset()));
      List<URI> references = new ArrayList<>();
      references.add(timed("reference-stats", () -> reference(dataset, "reference")));
      test.forEach(
          d -> references.add(timed("reference-stats", () -> reference(d, "test-reference"))));
      List<Measured> measured = new ArrayList<>();
      for (String weights : weightsToMeasure()) {
        SampleJob.Result samples = timed("sample", () -> sample(training, weights));
        List<FidResult> distances = timed("fid", () -> distances(samples, references, weights));
        measured.add(
            new Measured(
                weights, samples, distances.get(0), distances.stream().skip(1).findFirst()));
      }
      URI page = place("report.html");
      Result result =
          new Result(
              dataset,
              Stream.concat(Stream.of(dataset), test.stream())
                  .flatMap(d -> d.warnings().stream())
                  .distinct()
                  .toList(),
              training,
              measured,
              lossPlot(training),
              page,
              Collections.unmodifiableMap(seconds));
      new PipelineReport(session.sparkContext().hadoopConfiguration(), config)
          .write(page, title, result);
      return result;
    }

    private <T> T timed(String stage, Supplier<T> work) {
      long began = System.nanoTime();
      T result = work.get();
      seconds.merge(stage, (System.nanoTime() - began) / 1e9, Double::sum);
      return result;
    }

    private ShardJob.Result shard(List<URI> images, String name) {
      return ShardJob.on(session)
          .inputs(images)
          .output(place(name))
          .config(config.shard())
          .progress(progress)
          .run();
    }

    private TrainJob.Result train(URI dataset) {
      return Training.job(session, config, dataset, place("run")).progress(progress).run();
    }

    private URI reference(ShardJob.Result dataset, String name) {
      ReferenceStatsJob job =
          ReferenceStatsJob.on(session)
              .engine(config.inceptionEngine())
              .input(dataset.dataset())
              .output(place(name))
              .config(config.fid())
              .progress(progress);
      inception.ifPresent(job::inception);
      return job.run().statistics();
    }

    private Set<String> weightsToMeasure() {
      Set<String> names = new LinkedHashSet<>();
      names.add(config.sample().weights());
      names.addAll(config.pipeline().alsoWeights());
      return names;
    }

    private SampleJob.Result sample(TrainJob.Result training, String weights) {
      return SampleJob.on(session)
          .engine(config.engineFactory())
          .from(training.checkpoint())
          .to(place("samples/" + name(training.step(), weights)))
          .count(config.pipeline().sampleCount())
          .config(config.sample().withWeights(weights))
          .overrides(SampleOverrides.of(config.diffusion()))
          .progress(progress)
          .run();
    }

    private List<FidResult> distances(
        SampleJob.Result samples, List<URI> references, String weights) {
      FidJob job =
          FidJob.on(session)
              .engine(config.inceptionEngine())
              .samples(samples.output())
              .references(references)
              .reuse(true)
              .output(place("fid/" + name(samples.step(), weights) + ".json"))
              .config(config.fid())
              .progress(progress);
      inception.ifPresent(job::inception);
      return job.runAll();
    }

    /** None where a run is too short to have reported a loss. */
    private Optional<URI> lossPlot(TrainJob.Result training) {
      return training.metrics().map(m -> Locations.resolve(training.run(), "loss.png"));
    }

    private String name(long step, String weights) {
      return RunFiles.step(step) + "-" + weights;
    }

    private URI place(String relative) {
      return Locations.resolve(output, relative);
    }
  }
}

package io.sparkddpm.spark.pipeline;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.diffusion.BoundEstimate;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.evaluation.bound.EvaluateJob;
import io.sparkddpm.spark.evaluation.bound.EvaluationResult;
import io.sparkddpm.spark.evaluation.job.FidInputs;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.evaluation.job.ReferenceStatsJob;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.sampling.SampleOverrides;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.PlainFile;
import io.sparkddpm.spark.training.checkpoint.RunFiles;
import io.sparkddpm.spark.training.job.TrainJob;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Trains one network for each combination of settings, draws samples from each and measures them by
 * distance and by bits per dimension. All have the seed of the configuration unless an axis sets
 * it, hence the same order of images, timesteps and noise. What is there and whole is not made
 * again, so that an interrupted ablation resumes. For one thread.
 */
public final class Ablation {
  private final SparkSession session;
  private SortedMap<String, String> set = new TreeMap<>();
  private AblateConfig config = AblateConfig.DEFAULTS;
  private URI dataset;
  private Optional<URI> testDataset = Optional.empty();
  private URI output;
  private Optional<URI> inception = Optional.empty();
  private Progress progress = Progress.NONE;

  /**
   * A measured combination.
   *
   * @param names of its alternatives, one for each axis
   * @param training its run
   * @param samples drawn from it
   * @param distance of the samples to the dataset
   * @param evaluation on the dataset, then on the test dataset if there is one
   */
  public record Row(
      List<String> names,
      TrainJob.Result training,
      SampleJob.Result samples,
      FidResult distance,
      EvaluationResult evaluation) {
    /** For plots and tables. */
    public String name() {
      return String.join("-", names);
    }

    /** Bits per dimension of the dataset. */
    public BoundEstimate bits() {
      return evaluation.sets().get(0).bound().total();
    }

    /** Bits per dimension of the test dataset. */
    public Optional<BoundEstimate> testBits() {
      return evaluation.sets().stream().skip(1).findFirst().map(s -> s.bound().total());
    }
  }

  /**
   * All combinations.
   *
   * @param rows the last axis changing fastest
   * @param table tab-separated
   * @param report the page that shows all
   */
  public record Result(List<Row> rows, URI table, URI report) {}

  private Ablation(SparkSession session) {
    this.session = session;
  }

  /** An ablation on a session. */
  public static Ablation on(SparkSession session) {
    return new Ablation(session);
  }

  /**
   * What is varied, and what all have in common.
   *
   * @param axes what is varied
   * @param keys that the configuration sets, with their values
   */
  public Ablation settings(AblateConfig axes, SortedMap<String, String> keys) {
    this.config = axes;
    this.set = new TreeMap<>(keys);
    return this;
  }

  /** What is trained on. */
  public Ablation dataset(URI uri) {
    this.dataset = uri;
    return this;
  }

  /** Images that are not trained on, whose bits are measured too. */
  public Ablation testDataset(URI uri) {
    this.testDataset = Optional.of(uri);
    return this;
  }

  /**
   * What each combination sets, as {@code key=value}, by its name, in the order of the results.
   *
   * @param set the keys that the configuration sets
   * @throws UserException if an axis is not understood, or a combination is refused
   */
  public static Map<String, List<String>> combinations(
      AblateConfig config, SortedMap<String, String> set) {
    Map<String, List<String>> combinations = new LinkedHashMap<>();
    AblationMatrix.of(config.axes(), set)
        .forEach(cell -> combinations.put(cell.name(), cell.assignments()));
    return combinations;
  }

  /** Directory below which everything is put. */
  public Ablation output(URI uri) {
    this.output = uri;
    return this;
  }

  /** The published Inception network; without it the distance is {@code fd-random}. */
  public Ablation inception(URI graph) {
    this.inception = Optional.of(graph);
    return this;
  }

  /** Receives the progress of each stage. */
  public Ablation progress(Progress value) {
    this.progress = value;
    return this;
  }

  /**
   * Trains and measures what is not done.
   *
   * @throws UserException if a combination is refused or an input is bad
   */
  public Result run() {
    checkState(dataset != null && output != null, "dataset and output are needed");
    List<AblationMatrix.Cell> cells = AblationMatrix.of(config.axes(), set);
    Configuration conf = session.sparkContext().hadoopConfiguration();
    Dataset.open(conf, dataset).requireImages();
    testDataset.ifPresent(uri -> Dataset.open(conf, uri).requireImages());
    for (AblationMatrix.Cell cell : cells) {
      DdpmConfig settings = cell.config();
      int count = settings.pipeline().sampleCount();
      SampleJob.requireFits(settings.sample(), settings.runSettings(), count);
      FidInputs.requireEnough(conf, inception, settings.fid(), "pipeline.sample-count", count);
    }
    URI reference = reference(cells.get(0).config());
    List<Row> rows = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(config.atOnce());
    try {
      List<Future<Row>> begun = new ArrayList<>();
      cells.forEach(cell -> begun.add(threads.submit(() -> measure(cell, reference))));
      for (Future<Row> row : begun) {
        rows.add(get(row));
      }
    } finally {
      threads.shutdownNow();
    }
    URI table = Locations.resolve(output, "ablation.tsv");
    PlainFile.write(conf, table, table(rows).getBytes(StandardCharsets.UTF_8));
    URI page = Locations.resolve(output, "report.html");
    new AblationReport(conf, config.axes(), set).write(page, rows);
    return new Result(rows, table, page);
  }

  private static Row get(Future<Row> row) {
    try {
      return row.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the ablation was interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
  }

  private URI reference(DdpmConfig first) {
    ReferenceStatsJob job =
        ReferenceStatsJob.on(session)
            .engine(first.inceptionEngine())
            .input(dataset)
            .output(Locations.resolve(output, "reference"))
            .config(first.fid())
            .progress(progress);
    inception.ifPresent(job::inception);
    return job.run().statistics();
  }

  private Row measure(AblationMatrix.Cell cell, URI reference) {
    DdpmConfig settings = cell.config();
    URI place = Locations.resolve(output, "cells/" + cell.name());
    TrainJob.Result training =
        Training.job(session, settings, dataset, Locations.resolve(place, "run"))
            .progress(progress)
            .run();
    String step = RunFiles.step(training.step());
    SampleJob.Result samples =
        SampleJob.on(session)
            .engine(settings.engineFactory())
            .from(training.checkpoint())
            .to(Locations.resolve(place, "samples/" + step))
            .count(settings.pipeline().sampleCount())
            .config(settings.sample())
            .overrides(SampleOverrides.of(settings.diffusion()))
            .progress(progress)
            .run();
    FidJob fid =
        FidJob.on(session)
            .engine(settings.inceptionEngine())
            .samples(samples.output())
            .reference(reference)
            .reuse(true)
            .output(Locations.resolve(place, "fid/" + step + ".json"))
            .config(settings.fid())
            .progress(progress);
    inception.ifPresent(fid::inception);
    List<URI> sets = new ArrayList<>(List.of(dataset));
    testDataset.ifPresent(sets::add);
    EvaluateJob.Result evaluation =
        EvaluateJob.on(session)
            .engine(settings.engineFactory())
            .from(training.checkpoint())
            .datasets(sets)
            .to(Locations.resolve(place, "evaluation/" + step))
            .weights(settings.sample().weights())
            .config(settings.evaluate())
            .data(settings.data())
            .overrides(SampleOverrides.of(settings.diffusion()))
            .progress(progress)
            .run();
    return new Row(cell.names(), training, samples, fid.run(), evaluation.evaluation());
  }

  /** Tab-separated, a header first. */
  static String table(List<Row> rows) {
    StringBuilder text =
        new StringBuilder(
            "setting\tstep\tmetric\tdistance\tlow\thigh\tbits\tbits-low\tbits-high\ttest-bits\n");
    for (Row row : rows) {
      FidResult d = row.distance();
      text.append(
          String.format(
              Locale.ROOT,
              "%s\t%d\t%s\t%.6f\t%s\t%s\t%.6f\t%.6f\t%.6f\t%s%n",
              row.name(),
              row.training().step(),
              d.metric(),
              d.distance(),
              d.interval().map(i -> String.format(Locale.ROOT, "%.6f", i.low())).orElse(""),
              d.interval().map(i -> String.format(Locale.ROOT, "%.6f", i.high())).orElse(""),
              row.bits().mean(),
              row.bits().low(),
              row.bits().high(),
              row.testBits().map(b -> String.format(Locale.ROOT, "%.6f", b.mean())).orElse("")));
    }
    return text.toString();
  }
}

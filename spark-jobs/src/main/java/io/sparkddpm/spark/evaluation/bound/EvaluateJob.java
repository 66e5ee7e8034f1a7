package io.sparkddpm.spark.evaluation.bound;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.data.DataConfig;
import io.sparkddpm.spark.evaluation.EvaluateConfig;
import io.sparkddpm.spark.sampling.SampleOverrides;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import java.net.URI;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Measures the variational bound of a checkpoint on datasets: L_T, every L_t and L_0 (Ho et al.
 * 2020, eq. 5 and 13), the errors of ε and x_0, rate and distortion. The numbers depend on the
 * checkpoint, the datasets and the configuration alone: not on partitions, executors, retries, or
 * on how often the job was interrupted. A second run measures what is missing and nothing else.
 */
public final class EvaluateJob {
  /** The file of the result. */
  public static final String RESULT = "evaluation.json";

  private final SparkSession session;
  private EngineFactory engine = new Nd4jEngine();
  private URI source;
  private List<URI> datasets = List.of();
  private URI output;
  private String weights = SampleConfig.DEFAULTS.weights();
  private EvaluateConfig config = EvaluateConfig.DEFAULTS;
  private DataConfig data = DataConfig.DEFAULTS;
  private SampleOverrides overrides = SampleOverrides.NONE;
  private int partitions = Integer.MAX_VALUE;
  private Progress progress = Progress.NONE;

  /**
   * The evaluation.
   *
   * @param output the artefact
   * @param fingerprint of its manifest
   * @param evaluation what it found
   * @param made images that this job measured; 0 if all were
   */
  public record Result(URI output, String fingerprint, EvaluationResult evaluation, long made) {}

  private EvaluateJob(SparkSession session) {
    this.session = session;
  }

  /** A job on a session. */
  public static EvaluateJob on(SparkSession session) {
    return new EvaluateJob(session);
  }

  /** What computes; ND4J without it. */
  public EvaluateJob engine(EngineFactory factory) {
    this.engine = factory;
    return this;
  }

  /** A checkpoint, or a run, whose latest whole checkpoint is meant. */
  public EvaluateJob from(URI runOrCheckpoint) {
    this.source = runOrCheckpoint;
    return this;
  }

  /** What is measured on: mostly what was trained on, then what was not. */
  public EvaluateJob datasets(List<URI> uris) {
    this.datasets = List.copyOf(uris);
    return this;
  }

  /** Where the artefact goes. */
  public EvaluateJob to(URI directory) {
    this.output = directory;
    return this;
  }

  /** Raw, or an average's name; the paper's average without it. */
  public EvaluateJob weights(String name) {
    this.weights = name;
    return this;
  }

  /** What is measured. */
  public EvaluateJob config(EvaluateConfig value) {
    this.config = value;
    return this;
  }

  /** How datasets are read. */
  public EvaluateJob data(DataConfig value) {
    this.data = value;
    return this;
  }

  /** What is not as the run has it; nothing without it. */
  public EvaluateJob overrides(SampleOverrides value) {
    this.overrides = value;
    return this;
  }

  /** At most so many tasks; without it, one for each part. Changes nothing but the speed. */
  public EvaluateJob partitions(int most) {
    this.partitions = most;
    return this;
  }

  /** Receives the progress of the job. */
  public EvaluateJob progress(Progress value) {
    this.progress = value;
    return this;
  }

  /**
   * Measures what is missing.
   *
   * @throws UserException if a checkpoint, weights or a dataset is missing or does not fit, or the
   *     output holds something else
   * @throws io.sparkddpm.error.TrainingDivergedException if the network predicts values that are no
   *     numbers
   */
  public Result run() {
    checkState(
        source != null && !datasets.isEmpty() && output != null,
        "source, datasets and output are needed");
    EvaluateSource from =
        EvaluateSource.open(
            session.sparkContext().hadoopConfiguration(),
            source,
            datasets,
            weights,
            config,
            data,
            overrides,
            engine);
    EvaluateRun run =
        new EvaluateRun(
            JavaSparkContext.fromSparkContext(session.sparkContext()),
            from,
            output,
            partitions,
            progress);
    Artifact artifact = run.run();
    return new Result(
        output,
        artifact.manifest().fingerprint(),
        EvaluationResult.fromJson(artifact.read(RESULT), artifact.uri(RESULT)),
        run.made());
  }
}

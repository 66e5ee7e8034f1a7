package io.sparkddpm.spark.training.job;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.InputRef;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.nd4j.GraphFactory;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.objective.UniformClock;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.executor.Arithmetic;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.report.LossPlot;
import io.sparkddpm.spark.report.MetricsEvents;
import io.sparkddpm.spark.session.LiveMetrics;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.MaintenanceConfig;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.checkpoint.MetricsLog;
import io.sparkddpm.spark.training.checkpoint.ResumePoint;
import io.sparkddpm.spark.training.checkpoint.Retention;
import io.sparkddpm.spark.training.checkpoint.RunFiles;
import io.sparkddpm.spark.training.checkpoint.RunState;
import io.sparkddpm.spark.training.checkpoint.WeightsFile;
import io.sparkddpm.spark.training.exchange.BlockedVectors;
import io.sparkddpm.spark.training.exchange.RoundResult;
import io.sparkddpm.spark.training.monitor.ArithmeticWatch;
import io.sparkddpm.spark.training.monitor.GridFile;
import io.sparkddpm.spark.training.monitor.RoundWatch;
import io.sparkddpm.spark.training.monitor.RunObserver;
import io.sparkddpm.spark.training.monitor.RunSnapshot;
import io.sparkddpm.spark.training.round.BatchSource;
import io.sparkddpm.spark.training.round.DatasetBatches;
import io.sparkddpm.spark.training.round.RoundPlan;
import io.sparkddpm.spark.training.round.Rounds;
import io.sparkddpm.spark.training.round.WorkerSetup;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.learning.config.Adam;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a network on a dataset, in rounds of parameter or gradient averaging, into a run
 * directory; goes on where the directory's latest whole checkpoint ends. The weights, averages and
 * metrics (but for the times) depend on settings and dataset alone: not on partitions, executors,
 * retries, or on how often the run was interrupted.
 *
 * <p>The directory: {@code checkpoints/step-…} (artefacts), {@code metrics.jsonl}, {@code
 * loss.png}, {@code settings.conf}, {@code grids/} for an observer's sample grids, and, once all
 * steps are taken, the run's manifest.
 */
public final class TrainJob {
  private static final Logger LOG = LoggerFactory.getLogger(TrainJob.class);
  private static final double NANOS = 1e9;

  /** Property of the run's manifest: fingerprint of its last checkpoint. */
  private static final String CHECKPOINT = "checkpoint-fingerprint";

  private final SparkSession session;
  private URI run;
  private RunSettings settings = RunSettings.DEFAULTS;
  private EngineFactory engine = new Nd4jEngine();
  private Supplier<ComputationGraph> graph = this::standardGraph;
  private Optional<Clock> clock = Optional.empty();
  private URI datasetUri;
  private BatchSource source;
  private InputRef dataset;
  private boolean asOnCluster;
  private MaintenanceConfig upkeep = MaintenanceConfig.DEFAULTS;
  private Progress progress = Progress.NONE;
  private RunObserver observer = RunObserver.NONE;
  private Set<String> earlierDatasets = Set.of();
  private Set<Long> kept = Set.of();
  private Optional<Duration> limit = Optional.empty();

  /**
   * What a run came to.
   *
   * @param run its directory
   * @param checkpoint its last checkpoint
   * @param resumedFrom step at which this job began; 0 for a new run
   * @param step steps taken in all
   * @param metrics the last reported; empty where none was
   * @param weightsSha256 of the last checkpoint's file of raw weights
   */
  public record Result(
      URI run,
      URI checkpoint,
      long resumedFrom,
      long step,
      Optional<TrainingMetrics> metrics,
      String weightsSha256) {}

  private TrainJob(SparkSession session) {
    this.session = session;
  }

  /** A job on a session. */
  public static TrainJob on(SparkSession session) {
    return new TrainJob(session);
  }

  /** The run directory; made where there is none. */
  public TrainJob directory(URI uri) {
    this.run = uri;
    return this;
  }

  /** How to train. */
  public TrainJob settings(RunSettings value) {
    this.settings = value;
    return this;
  }

  /** Deadlines, and which checkpoints are written and kept beside those of the settings. */
  public TrainJob upkeep(MaintenanceConfig value) {
    this.upkeep = value;
    return this;
  }

  /** Who is told how far the run is. */
  public TrainJob progress(Progress value) {
    this.progress = value;
    return this;
  }

  /** Who is told of checkpoints and due sample grids. */
  public TrainJob observer(RunObserver value) {
    this.observer = value;
    return this;
  }

  /** What computes; DL4J's engine unless told otherwise. */
  public TrainJob engine(EngineFactory value) {
    this.engine = value;
    return this;
  }

  /** What draws the timesteps, as of step 0; every one is as likely unless told otherwise. */
  public TrainJob clock(Clock value) {
    this.clock = Optional.of(value);
    return this;
  }

  private Clock clock() {
    return clock.orElseGet(() -> new UniformClock(settings.schedule().steps()));
  }

  /** The images to train on. */
  public TrainJob dataset(URI uri) {
    this.datasetUri = uri;
    return this;
  }

  /**
   * Lets a run go on that was trained on other datasets, such as those that this one has grown
   * from.
   *
   * @param fingerprints of theirs
   */
  public TrainJob grownFrom(Set<String> fingerprints) {
    this.earlierDatasets = Set.copyOf(fingerprints);
    return this;
  }

  /** Checkpoints, by step, that stay whatever else is deleted. */
  public TrainJob keep(Set<Long> steps) {
    this.kept = Set.copyOf(steps);
    return this;
  }

  /**
   * Ends with a checkpoint after the first round that ends so late, if steps remain; not before.
   */
  public TrainJob stopAfter(Duration duration) {
    this.limit = Optional.of(duration);
    return this;
  }

  /** What stands for the network towards dl4j-spark. */
  TrainJob graph(Supplier<ComputationGraph> value) {
    this.graph = value;
    return this;
  }

  private ComputationGraph standardGraph() {
    OptimizerConfig o = settings.optimizer();
    return GraphFactory.create(
        settings.model(),
        settings.seed(),
        new Adam(o.learningRate(), o.beta1(), o.beta2(), o.epsilon()));
  }

  /** In local mode too, sends everything through Spark. */
  public TrainJob asOnCluster() {
    this.asOnCluster = true;
    return this;
  }

  /** Where the examples come from. */
  public TrainJob source(BatchSource value, InputRef identity) {
    this.source = value;
    this.dataset = identity;
    return this;
  }

  /**
   * Trains until all steps are taken.
   *
   * @throws UserException if the directory is in use or belongs to another configuration or dataset
   * @throws TrainingDivergedException at a loss or weight that is no number
   */
  public Result run() {
    Configuration conf = prepare();
    makeDirectory(conf);
    try (Lease lease = Lease.acquire(conf, run)) {
      return new Session(conf, lease).train();
    }
  }

  /**
   * Begins a run with weights from elsewhere and takes no step; averages of weights begin there
   * too, the optimiser's moments at zero. {@link #run} goes on from it.
   *
   * @param weights file of named tensors, see {@link WeightsFile}
   * @return the run's first checkpoint
   * @throws UserException if the run has begun already, or the tensors are not the network's
   */
  public Checkpoint begin(URI weights) {
    Configuration conf = prepare();
    // Before the directory is made: what does not fit leaves nothing behind.
    float[] values = WeightsFile.read(conf, weights, engine.layout(settings.model()));
    makeDirectory(conf);
    try (Lease lease = Lease.acquire(conf, run)) {
      return new Session(conf, lease).begin(values);
    }
  }

  private Configuration prepare() {
    Configuration conf = session.sparkContext().hadoopConfiguration();
    if (datasetUri != null) {
      openDataset(conf);
    }
    checkState(run != null && source != null, "directory and dataset are needed");
    return conf;
  }

  private void makeDirectory(Configuration conf) {
    try {
      Locations.fileSystem(conf, run).mkdirs(new Path(run));
    } catch (IOException e) {
      throw new UserException(e, "cannot create the directory %s: %s", run, e.getMessage());
    }
  }

  private void openDataset(Configuration conf) {
    Dataset opened = Dataset.open(conf, datasetUri);
    UNetConfig network = settings.model();
    Shape input = Shape.of(network.inputChannels(), network.imageSize(), network.imageSize());
    if (!opened.layout().shape().equals(input)) {
      throw new UserException(
          "%s has records of %s, but model.input-channels and model.image-size make it %s",
          datasetUri, opened.layout(), input);
    }
    dataset = new InputRef(opened.uri().toString(), opened.fingerprint());
    source = new DatasetBatches(HadoopConf.of(conf), opened, settings.data(), settings.seed());
  }

  /** One job's hold on the run directory. */
  private final class Session {
    private final Configuration conf;
    private final Lease lease;
    private final TrainingConfig training = settings.training();
    private RunState state;
    private ArithmeticWatch arithmetic;
    private MetricsLog metrics;
    private Checkpoint last;
    private Optional<String> imported = Optional.empty();
    private final long began = System.nanoTime();
    private long lastWritten = began;

    Session(Configuration conf, Lease lease) {
      this.conf = conf;
      this.lease = lease;
    }

    Result train() {
      begin();
      long resumedFrom = state.training().step();
      if (resumedFrom < training.steps()) {
        deleteRunManifest();
        drawMissingGrid();
        try (Rounds rounds = rounds();
            RoundWatch watch = new RoundWatch(session.sparkContext(), upkeep);
            LiveMetrics live = new LiveMetrics("training");
            Progress.Task task =
                progress.start("train", limit.isPresent() ? 0 : training.steps())) {
          task.skip(resumedFrom);
          do { // no time is too short for one round
            round(rounds, watch, task, live);
          } while (state.training().step() < training.steps() && !isTimeUp());
        }
        if (last.step() < state.training().step()) {
          checkpoint();
        }
        writeRunManifest();
      } else if (!isFinished()) {
        finish();
      }
      return new Result(
          run,
          last.uri(),
          resumedFrom,
          state.training().step(),
          metrics.all().isEmpty()
              ? Optional.empty()
              : Optional.of(metrics.all().get(metrics.all().size() - 1)),
          last.weightsSha256());
    }

    /** Whether a job has written all that comes after the last checkpoint, the manifest last. */
    private boolean isFinished() {
      return Artifact.exists(conf, run)
          && last.manifest()
              .fingerprint()
              .equals(Artifact.open(conf, run).manifest().properties().get(CHECKPOINT));
    }

    /** What a job that died after the last checkpoint has left to do. */
    private void finish() {
      LOG.info("Writing what a job has left to do that ended after its last checkpoint");
      deleteRunManifest();
      retain();
      publish();
      drawMissingGrid();
      writeRunManifest();
    }

    /** A job that died between a checkpoint and its round's grid has left none. */
    private void drawMissingGrid() {
      long step = state.training().step();
      long first = Math.max(0, step - 1) / training.averagingFrequency();
      long begin = first * training.averagingFrequency();
      if (step > 0
          && isDue(
              training.sampleEvery(), new RoundPlan(begin, (int) (step - begin), state.clock()))
          && !GridFile.isWhole(conf, RunFiles.grid(run, step))) {
        observer.gridDue(new RunSnapshot(settings, run, state));
      }
    }

    private void show(LiveMetrics live) {
      live.set("step", state.training().step());
      live.set("checkpoint_step", last.step());
      if (!metrics.all().isEmpty()) {
        live.set(MetricsEvents.values(metrics.all().get(metrics.all().size() - 1)));
      }
    }

    private boolean isTimeUp() {
      return limit.isPresent() && System.nanoTime() - began >= limit.get().toNanos();
    }

    Checkpoint begin(float[] values) {
      Optional<Checkpoint> found = ResumePoint.find(conf, run).checkpoint();
      if (found.isPresent()) {
        throw new UserException("%s has begun already: it is at step %s", run, found.get().step());
      }
      imported = Optional.of(WeightsFile.sha256(values));
      state = RunState.initial(settings, engine, clock(), values);
      metrics = new MetricsLog(conf, run, -1);
      writeText(RunFiles.SETTINGS, ConfigBinder.render(settings));
      checkpoint();
      return last;
    }

    private void begin() {
      ResumePoint point = ResumePoint.find(conf, run);
      if (point.checkpoint().isPresent()) {
        resume(point, point.checkpoint().get());
      } else {
        state = RunState.initial(settings, engine, clock());
        metrics = new MetricsLog(conf, run, -1);
        watchArithmetic();
      }
      writeText(RunFiles.SETTINGS, ConfigBinder.render(settings));
      if (point.checkpoint().isEmpty()) {
        checkpoint();
      }
    }

    /** Deletes what came after the checkpoint, once all that is needed of it has been read. */
    private void resume(ResumePoint point, Checkpoint from) {
      last = from;
      refuseAnotherRun(from);
      imported = Optional.ofNullable(from.manifest().properties().get(Checkpoint.IMPORTED));
      LOG.info("Resuming from {}", from);
      state = RunState.of(from, settings, engine, clock());
      metrics = new MetricsLog(conf, run, from.step());
      watchArithmetic();
      lease.check();
      point.removeDamaged();
      metrics.deleteAfter(from.step());
    }

    private void watchArithmetic() {
      arithmetic = new ArithmeticWatch(run, upkeep.mixedHardware(), state.arithmetic());
      if (state.training().step() < training.steps()) {
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        EnginePool.Key key = engineKey(spark);
        arithmetic.expect(
            isInProcess(spark) && !engine.wantsCard()
                ? Arithmetic.here(key)
                : Arithmetic.everywhere(key));
      }
    }

    private EnginePool.Key engineKey(JavaSparkContext spark) {
      int threads = spark.getConf().getInt(Arithmetic.THREADS, 1);
      return new EnginePool.Key(engine, settings.model(), settings.optimizer(), threads);
    }

    private void refuseAnotherRun(Checkpoint checkpoint) {
      List<String> conflicts = settings.conflictsWith(checkpoint.settings());
      if (!conflicts.isEmpty()) {
        throw new UserException(
            "%s cannot be resumed with another configuration: %s",
            run, String.join("; ", conflicts));
      }
      String before = checkpoint.manifest().inputs().get(0).fingerprint();
      if (!before.equals(dataset.fingerprint()) && !earlierDatasets.contains(before)) {
        throw new UserException(
            "%s was trained on another dataset (fingerprint %s); %s has fingerprint %s",
            run, before, dataset.uri(), dataset.fingerprint());
      }
    }

    private Rounds rounds() {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      checkSerializer(spark);
      MemoryCheck.of(
              state.training().parameters().length,
              engine,
              settings.model(),
              settings.optimizer(),
              source.cacheBytes(),
              training)
          .check(spark.getConf(), isInProcess(spark), Runtime.getRuntime().maxMemory());
      WorkerSetup setup =
          new WorkerSetup(
              settings.schedule(),
              settings.diffusion(),
              training,
              settings.seed(),
              engineKey(spark),
              source);
      return new Rounds(spark, setup, graph.get(), isInProcess(spark));
    }

    /** Where one JVM does all, the vectors of all workers lie on its heap: not of any number. */
    private boolean isInProcess(JavaSparkContext spark) {
      boolean fits = training.workers() <= 2 * spark.defaultParallelism();
      return spark.isLocal() && fits && !asOnCluster;
    }

    /** Kryo would write whole vectors where a block is meant. */
    private void checkSerializer(JavaSparkContext spark) {
      String java = "org.apache.spark.serializer.JavaSerializer";
      String serializer = spark.getConf().get("spark.serializer", java);
      if (!serializer.equals(java)) {
        throw new UserException(
            "training needs spark.serializer=%s (the default), it is %s", java, serializer);
      }
    }

    private void round(Rounds rounds, RoundWatch watch, Progress.Task task, LiveMetrics live) {
      TrainingState now = state.training();
      long toNext = training.averagingFrequency() - now.step() % training.averagingFrequency();
      RoundPlan plan =
          new RoundPlan(
              now.step(), (int) Math.min(toNext, training.steps() - now.step()), state.clock());
      long began = System.nanoTime();
      RoundResult result = run(rounds, watch, now, plan);
      lease.checkNowAndThen(); // who was suspended meanwhile stops here
      double seconds = (System.nanoTime() - began) / NANOS;
      arithmetic.look(result.arithmetic());
      state.setArithmetic(arithmetic.recorded());
      stopIfDiverged(plan, result);
      result.steps().forEach(state::observe);
      state.emas().forEach(e -> e.update(now.parameters(), plan.firstStep(), plan.steps()));
      record(result, seconds);
      task.advance(plan.steps());
      task.message(message(result, seconds));
      show(live);
      if (isDue(training.checkpointEvery(), plan)
          || isOverdue()
          || plan.endStep() == training.steps()) {
        checkpoint();
      } else {
        metrics.publishNowAndThen();
      }
      if (isDue(training.sampleEvery(), plan)) {
        observer.gridDue(new RunSnapshot(settings, run, state));
      }
    }

    private RoundResult run(Rounds rounds, RoundWatch watch, TrainingState now, RoundPlan plan) {
      String description =
          String.format(
              Locale.ROOT,
              "train: %s of %d, %d workers",
              plan,
              training.steps(),
              training.workers());
      try {
        return watch.watch("the round of " + plan, description, () -> rounds.run(now, plan));
      } catch (Exception e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
          if (t instanceof UserException) {
            throw (UserException) t; // thrown in a task, wrapped by Spark
          }
        }
        throw new IllegalStateException(
            "the round of " + plan + " failed; the run can be resumed from " + last, e);
      }
    }

    private void stopIfDiverged(RoundPlan plan, RoundResult result) {
      for (StepStatistics step : result.steps()) {
        if (!step.isFinite()) {
          metrics.publish();
          throw new TrainingDivergedException(
              "Loss is %s and gradient norm %s at step %s (run seed %s); last good checkpoint: %s",
              step.loss(), step.gradientNorm(), step.step(), settings.seed(), last);
        }
      }
      if (!BlockedVectors.of(state.training()).areFinite()) {
        metrics.publish();
        throw new TrainingDivergedException(
            "A weight or moment is not a number after step %s (run seed %s);"
                + " last good checkpoint: %s",
            plan.endStep() - 1, settings.seed(), last);
      }
    }

    private void record(RoundResult result, double seconds) {
      double computing = result.steps().stream().mapToDouble(StepStatistics::seconds).sum();
      double communicating = Math.max(0, seconds - computing) / result.steps().size();
      for (StepStatistics step : result.steps()) {
        state.window().add(step, communicating);
        long taken = step.step() + 1;
        if (taken % training.metricsEvery() == 0) {
          double rate = settings.optimizer().learningRateAt(step.step());
          metrics.add(state.window().metrics(taken, rate));
          state.window().clear();
        }
      }
    }

    private String message(RoundResult result, double seconds) {
      double loss = result.steps().stream().mapToDouble(StepStatistics::loss).average().orElse(0);
      int images = result.steps().stream().mapToInt(StepStatistics::examples).sum();
      return String.format(Locale.ROOT, "loss %.4f, %.1f images/s", loss, images / seconds);
    }

    private boolean isDue(long every, RoundPlan plan) {
      return every > 0 && plan.endStep() / every > plan.firstStep() / every;
    }

    private boolean isOverdue() {
      double minutes = (System.nanoTime() - lastWritten) / NANOS / 60;
      return upkeep.checkpointMinutes() > 0 && minutes >= upkeep.checkpointMinutes();
    }

    private void checkpoint() {
      lease.check();
      long step = state.training().step();
      metrics.seal(step);
      URI dir = RunFiles.checkpoint(run, step);
      discardLeftovers(dir);
      last = state.write(conf, dir, settings, dataset, imported, lease.token());
      lastWritten = System.nanoTime();
      retain();
      publish();
      observer.checkpointed(last);
    }

    private void retain() {
      lease.check();
      Retention rule = Retention.of(training, upkeep, kept);
      Checkpoints.retain(conf, run, rule, metrics.all(), last.step());
    }

    private void publish() {
      metrics.publish();
      byte[] plot = LossPlot.png(metrics.all());
      if (plot.length > 0) {
        write(RunFiles.LOSS_PLOT, plot);
      }
    }

    /** Deletes what an interrupted attempt may have left. */
    private void discardLeftovers(URI checkpoint) {
      try {
        if (Locations.fileSystem(conf, checkpoint).exists(new Path(checkpoint))) {
          lease.check();
          Checkpoints.delete(conf, checkpoint);
        }
      } catch (IOException e) {
        throw new UserException(e, "cannot read %s: %s", checkpoint, e.getMessage());
      }
    }

    private void deleteRunManifest() {
      lease.check();
      try {
        Path manifest = new Path(Locations.resolve(run, Manifest.FILE_NAME));
        Locations.fileSystem(conf, run).delete(manifest, false);
      } catch (IOException e) {
        throw new UserException(e, "cannot write to %s: %s", run, e.getMessage());
      }
    }

    private void writeRunManifest() {
      Manifest.Builder manifest =
          Manifest.builder(ArtifactKind.RUN)
              .config(settings.toMap())
              .seed("run", settings.seed())
              .input(dataset.uri(), dataset.fingerprint())
              .count(Checkpoint.STEP, last.step())
              .property("checkpoint", RunFiles.CHECKPOINTS + "/" + RunFiles.step(last.step()))
              .property(CHECKPOINT, last.manifest().fingerprint());
      state.arithmetic().write(manifest);
      ArtifactWriter.create(conf, run, ArtifactKind.RUN, lease.token()).commit(manifest);
    }

    private void writeText(String path, String text) {
      write(path, text.getBytes(StandardCharsets.UTF_8));
    }

    private void write(String path, byte[] bytes) {
      try (ArtifactOutput out = ArtifactOutput.create(conf, run, path)) {
        out.write(bytes, 0, bytes.length);
      }
    }
  }
}

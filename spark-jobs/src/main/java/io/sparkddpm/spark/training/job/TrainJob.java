package io.sparkddpm.spark.training.job;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.artifact.InputRef;
import io.sparkddpm.carrier.CarrierProvider;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.LostMomentsException;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.session.LiveMetrics;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.training.MaintenanceConfig;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Retention;
import io.sparkddpm.spark.training.checkpoint.RunDirectory;
import io.sparkddpm.spark.training.checkpoint.RunState;
import io.sparkddpm.spark.training.checkpoint.WeightsFile;
import io.sparkddpm.spark.training.monitor.ListenerBusObserver;
import io.sparkddpm.spark.training.monitor.ObserverList;
import io.sparkddpm.spark.training.monitor.RoundWatch;
import io.sparkddpm.spark.training.monitor.RunEnd;
import io.sparkddpm.spark.training.monitor.RunObserver;
import io.sparkddpm.spark.training.round.BatchSource;
import io.sparkddpm.spark.training.round.Carriers;
import io.sparkddpm.spark.training.round.DatasetBatches;
import io.sparkddpm.spark.training.round.Rounds;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a network on a dataset, in rounds of parameter or gradient averaging, into a run
 * directory; resumes from the directory's latest whole checkpoint. The weights, averages and
 * metrics (but for the times) depend on settings and dataset alone: not on partitions, executors,
 * retries, or on how often the run was interrupted.
 *
 * <p>The directory: {@code checkpoints/step-…} (artefacts), {@code metrics.jsonl}, {@code
 * loss.png}, {@code settings.conf}, {@code grids/} for an observer's sample grids, and, once all
 * steps are taken, the run's manifest.
 */
public final class TrainJob {
  private static final Logger LOG = LoggerFactory.getLogger(TrainJob.class);

  private final SparkSession session;
  private URI run;
  private RunSettings settings = RunSettings.DEFAULTS;
  private EngineFactory engine = new Nd4jEngine();
  private Optional<CarrierProvider> library = Carriers.find();
  private URI datasetUri;
  private BatchSource source;
  private InputRef dataset;
  private DatasetNotes notes = DatasetNotes.NONE;
  private boolean asOnCluster;
  private MaintenanceConfig maintenance = MaintenanceConfig.DEFAULTS;
  private Progress progress = Progress.NONE;
  private Optional<float[]> teacher = Optional.empty();
  private final List<RunObserver> observers = new ArrayList<>();
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
  public TrainJob maintenance(MaintenanceConfig value) {
    this.maintenance = value;
    return this;
  }

  /** Shows how far the run is. */
  public TrainJob progress(Progress value) {
    this.progress = value;
    return this;
  }

  /** Adds one that receives the run's events. */
  public TrainJob observer(RunObserver value) {
    observers.add(value);
    return this;
  }

  /**
   * The network that the run's objective compares with: a new run begins with its weights.
   *
   * @param weights flat, in the engine's order; not changed
   */
  public TrainJob teacher(float[] weights) {
    this.teacher = Optional.of(weights);
    return this;
  }

  /** What computes; ND4J's engine by default. */
  public TrainJob engine(EngineFactory value) {
    this.engine = value;
    return this;
  }

  /** The dataset to train on; its shape and classes are checked against the network's. */
  public TrainJob dataset(URI uri) {
    this.datasetUri = uri;
    return this;
  }

  /**
   * Lets a run resume that was trained on other datasets, such as those that this one has grown
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

  /** Runs rounds as plain Spark jobs, even if a library is on the class path. */
  TrainJob withoutLibrary() {
    this.library = Optional.empty();
    return this;
  }

  /** In local mode too, sends everything through Spark. */
  TrainJob asOnCluster() {
    this.asOnCluster = true;
    return this;
  }

  /**
   * Examples from elsewhere than a dataset.
   *
   * @param identity what the examples are, for manifests
   */
  public TrainJob source(BatchSource value, InputRef identity) {
    this.source = value;
    this.dataset = identity;
    return this;
  }

  /**
   * Trains until all steps are taken.
   *
   * @throws UserException if the directory is in use or belongs to another configuration or dataset
   * @throws TrainingDivergedException at a loss or weight that is not finite
   */
  public Result run() {
    TrainRequest request = request();
    StartChecks.requireFiniteWeights(request);
    StartChecks.imageLeft(settings.schedule()).ifPresent(LOG::warn);
    Configuration conf = conf();
    RunDirectory.create(conf, run);
    try (Lease lease = Lease.acquire(conf, run)) {
      long began = System.nanoTime();
      OpenRun opened =
          OpenRun.resumeOrBegin(request, directory(Optional.of(request.dataset()), conf, lease));
      long resumedFrom = opened.step();
      if (opened.hasAllSteps()) {
        opened.finishInterrupted();
      } else {
        opened = takeSteps(request, opened, lease, began);
      }
      return new Result(
          run,
          opened.last().uri(),
          resumedFrom,
          opened.step(),
          opened.lastMetrics(),
          opened.last().weightsSha256());
    }
  }

  /** The run as it is afterwards. */
  private OpenRun takeSteps(TrainRequest request, OpenRun opened, Lease lease, long began) {
    RunEnd end = RunEnd.FAILED;
    try {
      opened.reopen();
      OpenRun trained = trainAgainAfterLosses(request, opened, lease, began);
      trained.finish();
      end = trained.hasAllSteps() ? RunEnd.COMPLETE : RunEnd.STOPPED;
      return trained;
    } finally {
      request.observer().ended(end);
    }
  }

  /** Takes the steps since the last checkpoint again where workers' own moments were lost. */
  private OpenRun trainAgainAfterLosses(
      TrainRequest request, OpenRun opened, Lease lease, long began) {
    OpenRun now = opened;
    MomentLosses losses = new MomentLosses(request.spark().getConf());
    while (true) {
      try {
        train(request, now, lease, began);
        return now;
      } catch (LostMomentsException e) {
        losses.add(e, now.last());
        now = now.again();
      }
    }
  }

  private void train(TrainRequest request, OpenRun opened, Lease lease, long began) {
    StartChecks.requireResources(request);
    long steps = settings.training().steps();
    try (Rounds rounds =
            new Rounds(
                request.spark(),
                request.workerSetup(),
                request.isInProcess(),
                request.library(),
                opened.state().outer(),
                opened.state().ownMoments());
        RoundWatch watch = new RoundWatch(session.sparkContext(), maintenance);
        LiveMetrics live = new LiveMetrics("training");
        Progress.Task task = progress.start("train", limit.isPresent() ? 0 : steps)) {
      task.skip(opened.step());
      RoundLoop loop = new RoundLoop(request, opened, lease, rounds, watch, live, task);
      do { // no time is too short for one round
        loop.round();
      } while (!loop.hasAllSteps() && !isTimeUp(began));
      loop.settle();
      opened.checkpointLastStep(); // while executors still have what belongs to it
    }
  }

  private boolean isTimeUp(long began) {
    return limit.isPresent() && System.nanoTime() - began >= limit.get().toNanos();
  }

  /**
   * Begins a run with weights from elsewhere and takes no step; averages of weights begin there
   * too, the optimiser's moments at zero. {@link #run} resumes it. A run may begin without a
   * dataset; it is trained on the first one that it resumes with.
   *
   * @param weights file or folder of named tensors, see {@link WeightsFile}
   * @param part of the file, where it holds several; empty: there is only one
   * @return the run's first checkpoint
   * @throws UserException if the run has begun already, or the tensors are not the network's
   */
  public Checkpoint begin(URI weights, Optional<String> part) {
    checkState(run != null, "a directory is needed");
    if (datasetUri != null) {
      openDataset();
    }
    checkAveraging();
    Configuration conf = conf();
    // Before the directory is made: what does not fit leaves nothing behind.
    float[] values = WeightsFile.read(conf, weights, part, engine.layout(settings.model()));
    RunDirectory.create(conf, run);
    try (Lease lease = Lease.acquire(conf, run)) {
      RunDirectory directory = directory(Optional.ofNullable(dataset), conf, lease);
      Optional<Checkpoint> found = directory.resumePoint().checkpoint();
      if (found.isPresent()) {
        throw new UserException("%s has begun already: it is at step %s", run, found.get().step());
      }
      RunState state = RunState.initial(settings, engine, settings.clock(), values);
      directory.writeSettings();
      return directory.checkpoint(
          state, directory.metrics(-1), Optional.of(WeightsFile.sha256(values)));
    }
  }

  private RunDirectory directory(Optional<InputRef> on, Configuration conf, Lease lease) {
    Retention rule = Retention.of(settings.training(), maintenance, kept);
    return new RunDirectory(conf, run, lease, settings, on, notes, rule);
  }

  private Configuration conf() {
    return session.sparkContext().hadoopConfiguration();
  }

  private TrainRequest request() {
    if (datasetUri != null) {
      openDataset();
    }
    checkState(run != null && source != null, "directory and dataset are needed");
    checkAveraging();
    StartChecks.requireTeacher(run, settings, teacher);
    List<RunObserver> all = new ArrayList<>(observers);
    all.add(new ListenerBusObserver(session.sparkContext(), run));
    return new TrainRequest(
        JavaSparkContext.fromSparkContext(session.sparkContext()),
        run,
        settings,
        engine,
        library,
        source,
        dataset,
        earlierDatasets,
        asOnCluster,
        maintenance,
        teacher,
        new ObserverList(all));
  }

  private void checkAveraging() {
    if (settings.training().averaging().modes().contains(AveragingMode.STOCK)) {
      Carriers.requireStock(library);
      StartChecks.requireStock(settings);
    }
  }

  private void openDataset() {
    Dataset opened = Dataset.open(conf(), datasetUri);
    StartChecks.requireClasses(datasetUri, opened, settings.model());
    notes = DatasetNotes.ofDataset(conf(), datasetUri);
    StartChecks.requireVocabulary(datasetUri, notes, settings);
    StartChecks.requireShape(datasetUri, opened, settings);
    StartChecks.requireUnclipped(datasetUri, notes, settings);
    dataset = new InputRef(opened.uri().toString(), opened.fingerprint());
    if (settings.model().classes() == 0) {
      notes = notes.withClassNames(List.of());
    }
    source = new DatasetBatches(HadoopConf.of(conf()), opened, settings.data(), settings.seed());
  }
}

package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.InputRef;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.engine.Ema;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.MetricsWindow;
import io.sparkddpm.engine.OuterStep;
import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.WorkerMoments;
import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.executor.Arithmetic;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.tensor.NamedTensor;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;

/** All that a run carries from round to round, and its way into a checkpoint and back. */
public final class RunState {
  private final EngineFactory engine;
  private final List<NamedTensor> layout;
  private final TrainingState training;
  private final List<Ema> emas;
  private final Optional<OuterStep> outer;
  private final MetricsWindow window;
  private Clock clock;
  private Arithmetic arithmetic;
  private Optional<WorkerMoments> ownMoments = Optional.empty();

  private RunState(
      EngineFactory engine,
      List<NamedTensor> layout,
      TrainingState training,
      List<Ema> emas,
      Optional<OuterStep> outer,
      MetricsWindow window,
      Clock clock,
      Arithmetic arithmetic) {
    this.engine = engine;
    this.layout = layout;
    this.training = training;
    this.emas = emas;
    this.outer = outer;
    this.window = window;
    this.clock = clock;
    this.arithmetic = arithmetic;
  }

  /** Step 0: parameters from the seed, averages equal to them. */
  public static RunState initial(RunSettings settings, EngineFactory factory, Clock clock) {
    return initial(
        settings, factory, clock, factory.initialParameters(settings.model(), settings.seed()));
  }

  /** Step 0 with given parameters, averages equal to them. */
  public static RunState initial(
      RunSettings settings, EngineFactory factory, Clock clock, float[] parameters) {
    List<NamedTensor> layout = factory.layout(settings.model());
    List<Ema> emas = settings.training().ema().averages(name -> parameters.clone());
    return new RunState(
        factory,
        layout,
        TrainingState.initial(parameters),
        emas,
        outer(settings, name -> new float[parameters.length]),
        new MetricsWindow(settings.schedule().steps()),
        clock,
        Arithmetic.UNKNOWN);
  }

  /**
   * As of a checkpoint of a run with these settings.
   *
   * @param clock as of step 0
   */
  public static RunState of(
      Checkpoint checkpoint, RunSettings settings, EngineFactory factory, Clock clock) {
    List<NamedTensor> layout = factory.layout(settings.model());
    List<Ema> emas =
        settings
            .training()
            .ema()
            .averages(name -> checkpoint.tensors(Checkpoint.fileOf(name), layout));
    MetricsWindow window =
        MetricsWindow.restore(
            settings.schedule().steps(),
            checkpoint.manifest().property(Checkpoint.WINDOW),
            checkpoint.toString());
    RunState state =
        new RunState(
            factory,
            layout,
            checkpoint.state(layout),
            emas,
            outer(settings, file -> checkpoint.tensors(file, layout)),
            window,
            checkpoint.restore(clock),
            Arithmetic.read(checkpoint.manifest()));
    state.setOwnMoments(checkpoint.ownMoments(layout));
    return state;
  }

  /**
   * @param momentum that of a file
   */
  private static Optional<OuterStep> outer(
      RunSettings settings, Function<String, float[]> momentum) {
    return settings
        .training()
        .averaging()
        .outerOptimizer()
        .map(o -> new OuterStep(o, momentum.apply(Checkpoint.OUTER_MOMENTUM_FILE)));
  }

  /** Where workers have moments of their own, those here mean nothing. */
  public TrainingState training() {
    return training;
  }

  /** Moments of each worker, where each has its own. */
  public Optional<WorkerMoments> ownMoments() {
    return ownMoments;
  }

  /** Those after a round; empty: all workers have those of {@link #training}. */
  public void setOwnMoments(Optional<WorkerMoments> value) {
    this.ownMoments = value;
  }

  /** What changes the mean of the parameters, with its momentum. */
  public Optional<OuterStep> outer() {
    return outer;
  }

  public List<Ema> emas() {
    return emas;
  }

  public MetricsWindow window() {
    return window;
  }

  /** What the next step draws its timesteps by. */
  public Clock clock() {
    return clock;
  }

  /** Takes in what the clock learns from a step. */
  public void observe(StepStatistics step) {
    if (clock.observes()) {
      clock = clock.fold(step.observed());
    }
  }

  /** What all steps so far were computed with. */
  public Arithmetic arithmetic() {
    return arithmetic;
  }

  public void setArithmetic(Arithmetic value) {
    this.arithmetic = value;
  }

  public List<NamedTensor> layout() {
    return layout;
  }

  /** The weights of a name, shared. */
  public float[] weights(String name) {
    if (name.equals(Checkpoint.RAW)) {
      return training.parameters();
    }
    return emas.stream()
        .filter(e -> e.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new UserException("the run keeps no weights '%s'", name))
        .values();
  }

  /**
   * Writes a whole checkpoint, its manifest last. Of moments of workers' own it holds one worker's
   * at a time.
   *
   * @param notes of the dataset
   * @param lease checked before each file and before the manifest, which notes it
   * @throws io.sparkddpm.engine.LostMomentsException if a worker's own moments are gone
   * @throws TrainingDivergedException if some of them are no numbers
   */
  Checkpoint write(
      Configuration conf,
      URI dir,
      RunSettings settings,
      Optional<InputRef> dataset,
      DatasetNotes notes,
      Optional<String> importedSha256,
      LeaseToken lease) {
    ArtifactWriter writer = ArtifactWriter.create(conf, dir, ArtifactKind.CHECKPOINT, lease);
    write(writer, Checkpoint.WEIGHTS_FILE, training.parameters());
    writeMoments(writer, settings);
    for (Ema ema : emas) {
      write(writer, Checkpoint.fileOf(ema.name()), ema.values());
    }
    outer.ifPresent(o -> write(writer, Checkpoint.OUTER_MOMENTUM_FILE, o.momentum()));
    writeClock(writer);
    Manifest.Builder manifest =
        Manifest.builder(ArtifactKind.CHECKPOINT)
            .config(settings.toMap())
            .seed("run", settings.seed())
            .count(Checkpoint.STEP, training.step())
            .count(Checkpoint.PARAMETERS, training.parameters().length)
            .property(Checkpoint.WINDOW, window.save())
            .property(Checkpoint.ENGINE, engine.name());
    dataset.ifPresent(d -> manifest.input(d.uri(), d.fingerprint()));
    notes.write(manifest);
    arithmetic.write(manifest);
    importedSha256.ifPresent(hash -> manifest.property(Checkpoint.IMPORTED, hash));
    writer.commit(manifest);
    return Checkpoint.read(conf, dir);
  }

  private void writeMoments(ArtifactWriter writer, RunSettings settings) {
    String first = Checkpoint.FIRST_MOMENT_FILE;
    String second = Checkpoint.SECOND_MOMENT_FILE;
    if (ownMoments.isEmpty()) {
      write(writer, first, training.firstMoment());
      write(writer, second, training.secondMoment());
      return;
    }
    for (int worker : settings.training().workersWithExamples()) {
      // what is there means nothing
      ownMoments.get().read(worker, training.firstMoment(), training.secondMoment());
      if (!training.isFinite()) {
        throw new TrainingDivergedException(
            "A moment of worker %s is not a number after step %s (run seed %s)",
            worker, training.step() - 1, settings.seed());
      }
      write(writer, Checkpoint.momentFile(first, worker), training.firstMoment());
      write(writer, Checkpoint.momentFile(second, worker), training.secondMoment());
    }
  }

  private void writeClock(ArtifactWriter writer) {
    byte[] saved = clock.save();
    if (saved.length == 0) {
      return;
    }
    try (OutputStream out = writer.output(Checkpoint.CLOCK_FILE)) {
      out.write(saved);
    } catch (IOException e) {
      throw new UserException(
          e, "cannot write %s in %s: %s", Checkpoint.CLOCK_FILE, writer.dir(), e.getMessage());
    }
  }

  private void write(ArtifactWriter writer, String file, float[] values) {
    Checkpoint.writeTensors(writer, file, layout, values, training.step());
  }
}

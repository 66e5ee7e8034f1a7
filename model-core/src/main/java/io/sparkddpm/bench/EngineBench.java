package io.sparkddpm.bench;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StepResult;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingBatches;
import io.sparkddpm.engine.TrainingStep;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.engine.nd4j.Nd4jEngine.PartOfStep;
import io.sparkddpm.error.UserException;
import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.kernels.Profile;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.ItemLosses;
import io.sparkddpm.objective.Objective;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.objective.UniformClock;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.solver.AncestralSolver;
import io.sparkddpm.solver.DdimSolver;
import io.sparkddpm.solver.NoiseSource;
import io.sparkddpm.solver.Solver;
import io.sparkddpm.solver.Spacing;
import io.sparkddpm.solver.StepListener;
import io.sparkddpm.solver.TimeGrid;
import io.sparkddpm.solver.Trajectory;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.Pointer;

/**
 * Times one network at one batch size: batch preparation, training step, prediction and sampling
 * step, and the network's convolutions alone, which are the floor of the rest. Works on noise; what
 * is computed costs the same as on images.
 */
public final class EngineBench implements AutoCloseable {
  private static final int COST_STEPS = 4;

  private final NetworkConfig network;
  private final int batch;
  private final int threads;
  private final Stopwatch watch;
  private final Profile profile = new Profile();
  private final TrainableNetwork model;
  private final TrainingStep training;
  private final TrainingBatches batches;
  private final DiffusionConfig diffusion;
  private final NoiseProcess process;
  private final Denoiser denoiser;
  private final TimeGrid grid;
  private final NoiseSource noise =
      (image, to, offset, length) ->
          RandomStream.of(0, Purpose.SAMPLE, image, nextDraw()).fillGaussian(to, offset, length);
  private final double[] levels;
  private final Batch images;
  private final Batch prediction;
  private final long[] ids;
  private long step;

  /**
   * Refuses what this has no examples of.
   *
   * @throws UserException if the noise is that of tokens
   */
  public static void requireGaussian(DiffusionConfig diffusion) {
    if (diffusion.noise().tokenNoise().isPresent()) {
      throw new UserException(
          "networks are timed with Gaussian noise: its examples are no tokens, as"
              + " diffusion.noise.type=%s needs",
          ConfigBinder.type(diffusion.noise()));
    }
  }

  /**
   * @param engine what computes; only the default one reports its time by kind of layer
   * @param batch images in a step, at least 1
   * @param threads native threads and threads of the JVM
   * @param seconds to time each thing for, at least
   * @param runs of each thing, at least 1
   */
  public EngineBench(
      EngineFactory engine,
      NetworkConfig network,
      OptimizerConfig optimizer,
      NoiseSchedule schedule,
      DiffusionConfig diffusion,
      ObjectiveConfig objective,
      int batch,
      int threads,
      double seconds,
      int runs) {
    this.network = network;
    this.batch = batch;
    this.threads = threads;
    this.watch = new Stopwatch(seconds, runs);
    this.diffusion = diffusion;
    this.process = new DiscreteProcess(schedule);
    grid = TimeGrid.of(process.last(), 0, NoiseProcess.CLEAN);
    levels = new double[batch];
    model =
        engine instanceof Nd4jEngine dl4j
            ? dl4j.create(network, optimizer, threads, profile)
            : engine.create(network, optimizer, threads);
    model.loadParameters(engine.initialParameters(network, 0));
    GaussianDiffusion forward = new GaussianDiffusion(schedule, diffusion);
    batches = new TrainingBatches(forward, new UniformClock(schedule.steps()), 0);
    training =
        new TrainingStep(
            model,
            timed(objective.objective(forward, new ConstantWeighting()), profile),
            optimizer);
    denoiser = diffusion.denoiser(model, process);
    images = noise(network.inputShape());
    prediction = noise(network.outputShape());
    ids = LongStream.range(0, batch).toArray();
  }

  /** The same objective, whose time is added to the layers' in the profile. */
  private static Objective timed(Objective objective, Profile profile) {
    return new Objective() {
      @Override
      public void checkOutput(Shape data, Shape output) {
        objective.checkOutput(data, output);
      }

      @Override
      public int evaluations() {
        return objective.evaluations();
      }

      @Override
      public NetworkInput input(TrainingBatch batch) {
        return objective.input(batch);
      }

      @Override
      public void evaluate(
          TrainingBatch batch, int first, int end, Batch output, ItemLosses losses) {
        long start = System.nanoTime();
        objective.evaluate(batch, first, end, output, losses);
        profile.since(start, LayerKind.LOSS);
      }
    };
  }

  private long nextDraw() {
    return step++;
  }

  private Batch noise(Shape shape) {
    Batch x = new Batch(batch, shape);
    RandomStream.of(0, Purpose.SAMPLE).fillGaussian(x.data(), 0, x.data().length);
    return x;
  }

  TrainingBatch prepareBatch() {
    return batches.noise(new Minibatch(step++, 0, images, Condition.none(batch), ids));
  }

  StepResult trainingStep() {
    long start = System.nanoTime();
    TrainingBatch noised = prepareBatch();
    profile.since(start, LayerKind.DATA);
    return training.take(noised);
  }

  void predict() {
    model.forward(images, levels, Condition.none(batch), prediction);
  }

  void sample() {
    sample(new AncestralSolver(1));
  }

  private void sample(Solver solver) {
    solver.solve(
        new Trajectory(denoiser, grid, images, Condition.none(batch), noise, StepListener.NONE));
  }

  /** Drawing t and ε of a batch and mixing them in. */
  public Measurement batchPreparation() {
    return watch.measure(
        new Stopwatch.Subject("batch preparation", batch, 0, null, this::prepareBatch));
  }

  /** Batch preparation, forward, backward, clip and Adam. */
  public Measurement training() {
    double flops = (double) batch * network.spec().trainingFlops();
    return watch.measure(
        new Stopwatch.Subject("training step", batch, flops, profile, this::trainingStep));
  }

  /**
   * What a process holds.
   *
   * @param steps taken so far
   * @param residentBytes of the whole process, as the kernel says; 0 if unknown
   * @param nativeObjects objects off the heap that JavaCPP still has to free
   */
  public record Held(int steps, long residentBytes, long nativeObjects) {}

  /** What was held half-way and at the end. */
  public record Soak(Held half, Held end) {}

  /**
   * Takes training steps with a prediction after each, for what they leave in memory.
   *
   * @param steps at least 2
   * @param points about how often memory is measured, at least 1
   * @param each receives every measurement
   */
  public Soak soak(int steps, int points, Consumer<Held> each) {
    checkArgument(steps >= 2 && points >= 1, "%s steps, measured %s times", steps, points);
    int every = (steps + points - 1) / points;
    Held half = null;
    Held held = null;
    for (int i = 1; i <= steps; i++) {
      trainingStep();
      predict();
      if (i == steps / 2 || i % every == 0 || i == steps) {
        held = new Held(i, Peer.ownBytes().orElse(0L), Pointer.totalCount());
        each.accept(held);
        half = i == steps / 2 ? held : half;
      }
    }
    return new Soak(half, held);
  }

  /** One prediction. */
  public Measurement inference() {
    double flops = (double) batch * network.spec().forwardFlops();
    return watch.measure(new Stopwatch.Subject("inference", batch, flops, profile, this::predict));
  }

  /** A step of the ancestral sampler, with its noise. */
  public Measurement ancestralStep() {
    return perStep("ancestral step", new AncestralSolver(1));
  }

  /** A step of DDIM with η = 0. */
  public Measurement ddimStep() {
    return perStep("DDIM step", new DdimSolver(0));
  }

  /**
   * A solver in few steps, with the time that it spends outside the network; allocations before the
   * first step are part of it.
   *
   * @param name for the warm-up
   */
  public SolverCost cost(String name, Solver solver) {
    TimedNetwork timed = new TimedNetwork(model);
    Denoiser seen = diffusion.denoiser(timed, process);
    TimeGrid few = Spacing.TRAILING.grid(COST_STEPS, process);
    List<Double> outside = new ArrayList<>();
    Runnable run =
        () -> {
          long inside = timed.nanos();
          long start = System.nanoTime();
          solver.solve(
              new Trajectory(seen, few, images, Condition.none(batch), noise, StepListener.NONE));
          double all = System.nanoTime() - start;
          outside.add(1 - (timed.nanos() - inside) / all);
        };
    Measurement of = watch.measure(new Stopwatch.Subject(name, batch, 0, null, run));
    double[] timedRuns =
        outside.subList(outside.size() - of.runs(), outside.size()).stream()
            .mapToDouble(Double::doubleValue)
            .sorted()
            .toArray();
    return new SolverCost(
        solver.evaluations(COST_STEPS), of.bestSeconds(), timedRuns[timedRuns.length / 2]);
  }

  private Measurement perStep(String name, Solver solver) {
    double flops = (double) grid.steps() * batch * network.spec().forwardFlops();
    Measurement of =
        watch.measure(new Stopwatch.Subject(name, batch, flops, profile, () -> sample(solver)));
    return new Measurement(
        name,
        batch,
        of.runs() * grid.steps(),
        of.bestSeconds() / grid.steps(),
        of.medianSeconds() / grid.steps(),
        of.flops() / grid.steps(),
        of.javaBytes() / grid.steps(),
        of.nativeBytes(),
        of.shares());
  }

  /**
   * The network's convolutions by the default engine and nothing else, forward, and backward too
   * where asked: no step can be faster on these.
   */
  public Measurement convolutions(boolean training) {
    try (PartOfStep alone =
        new Nd4jEngine().layersAlone(LayerKind.CONVOLUTION, network, batch, threads, training)) {
      return watch.measure(
          new Stopwatch.Subject(
              training ? "convolutions of a step" : "convolutions of a prediction",
              batch,
              (double) batch
                  * (training ? network.spec().trainingFlops() : network.spec().forwardFlops()),
              null,
              alone));
    }
  }

  @Override
  public void close() {
    model.close();
  }
}

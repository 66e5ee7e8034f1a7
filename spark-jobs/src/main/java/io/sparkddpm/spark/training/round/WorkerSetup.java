package io.sparkddpm.spark.training.round;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.engine.TrainingBatches;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.TrainingStep;
import io.sparkddpm.engine.WorkerRound;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.network.Network;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.objective.Objective;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.executor.Role;
import io.sparkddpm.tensor.Batch;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * What every worker of a run knows from the start; broadcast once.
 *
 * @param teacher weights of the network that the objective compares with, flat; null: it has none
 */
public record WorkerSetup(
    ScheduleConfig schedule,
    DiffusionConfig diffusion,
    TrainingConfig training,
    long seed,
    EnginePool.Key engine,
    BatchSource source,
    float[] teacher)
    implements Serializable {

  private long position(int worker, long step) {
    return step * training.batchSize() + training.shareStart(worker);
  }

  /** Where a worker's share of a step is read fastest. */
  List<String> hosts(int worker, long step) {
    return source.hosts(position(worker, step), training.shareSize(worker));
  }

  /** A worker's share of a step, read and mirrored. */
  Minibatch minibatch(int worker, long step) {
    long position = position(worker, step);
    BatchSource.Examples examples = source.read(position, training.shareSize(worker));
    long[] keys = source.keys(step * training.batchSize(), position, examples.ids());
    Batch batch = examples.batch();
    boolean flip = training.flip() && examples.mirrorable();
    for (int i = 0; flip && i < batch.count(); i++) {
      if (Pixels.isFlipped(seed, step, keys[i])) {
        Pixels.flipHorizontally(batch, i);
      }
    }
    return new Minibatch(
        step, training.shareStart(worker), batch, condition(examples, keys, step), keys);
  }

  /** The examples' condition as the network learns from it; no label where it is withheld. */
  private Condition condition(BatchSource.Examples examples, long[] keys, long step) {
    double dropped = engine.network().labelDropout();
    if (dropped == 0) {
      return examples.condition();
    }
    int[] labels = new int[keys.length];
    for (int i = 0; i < labels.length; i++) {
      RandomStream stream = RandomStream.of(seed, Purpose.LABEL_DROPOUT, step, keys[i]);
      labels[i] =
          stream.nextDouble() < dropped ? Condition.NO_LABEL : examples.condition().label(i);
    }
    return examples.condition().withLabels(labels);
  }

  /** What noise is added, and what the network predicts; built anew by each call. */
  public GaussianDiffusion process() {
    return new GaussianDiffusion(NoiseSchedule.of(schedule), diffusion);
  }

  /** Draws timesteps, by this clock, and noise of a {@link #process}. */
  TrainingBatches batches(GaussianDiffusion process, Clock clock) {
    return new TrainingBatches(process, clock, seed);
  }

  /** Uses the models of a task: the one that is trained, and the teacher where there is one. */
  <R> R use(EnginePool pool, Use<R> use) {
    return pool.use(
        Role.DENOISER,
        engine,
        trained ->
            teacher == null
                ? use.with(trained, Optional.empty())
                : pool.use(
                    Role.TEACHER,
                    engine,
                    taught -> {
                      taught.model().loadParameters(teacher);
                      return use.with(trained, Optional.of(taught.model()));
                    }));
  }

  /** What is done with a task's models. */
  interface Use<R> {
    R with(EnginePool.Engine trained, Optional<Network> teacher);
  }

  /**
   * The steps of a worker on a network.
   *
   * @param teacher with its weights loaded
   */
  WorkerRound round(EnginePool.Engine on, Optional<Network> teacher, Clock clock) {
    GaussianDiffusion process = process();
    Optional<Denoiser> seen = teacher.map(t -> diffusion.unclipped(t, process.process(), false));
    Objective objective = training.objective().objective(process, training.weighting(), seen);
    TrainingStep step = new TrainingStep(on.model(), objective, engine.optimizer());
    return new WorkerRound(step, batches(process, clock));
  }
}

package io.sparkddpm.spark.training.round;

import com.google.common.collect.Iterators;
import io.sparkddpm.carrier.CarrierProvider;
import io.sparkddpm.carrier.LibraryAveraging;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.engine.TrainingBatches;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.QuarterLosses;
import io.sparkddpm.objective.TimedLosses;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.training.exchange.RoundResult;
import io.sparkddpm.spark.training.exchange.RoundTimer;
import io.sparkddpm.tensor.Batch;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Rounds by a library's own averaging, fed with the same examples, timesteps and noise as ours: for
 * comparison. Of the loss it reports one number a round; gradient norms and losses by timestep are
 * recorded as zero and as absent. One thread at a time.
 */
final class StockRounds {
  private static final double NANOS = 1e9;

  private final WorkerSetup setup;
  private final Broadcast<WorkerSetup> sent;
  private final LibraryAveraging library;

  private StockRounds(WorkerSetup setup, Broadcast<WorkerSetup> sent, LibraryAveraging library) {
    this.setup = setup;
    this.sent = sent;
    this.library = library;
  }

  /** By the averaging of a library. */
  static StockRounds by(
      CarrierProvider library,
      JavaSparkContext spark,
      WorkerSetup setup,
      Broadcast<WorkerSetup> sent) {
    EnginePool.Key engine = setup.engine();
    LibraryAveraging averaging =
        library.averaging(spark, engine.network(), engine.optimizer(), setup.seed());
    return new StockRounds(setup, sent, averaging);
  }

  /**
   * Takes some steps.
   *
   * @param workers one partition each
   * @param state as of the plan's first step; afterwards as of its end, its moments as the library
   *     lays them out
   * @throws UserException if shares are not equal, which the library would not weigh, or timesteps
   *     are drawn by the losses of examples, which it does not report
   */
  RoundResult run(JavaRDD<Integer> workers, TrainingState state, RoundPlan plan) {
    if (plan.clock().observes()) {
      throw new UserException(
          "training.averaging=stock does not report the losses of examples, from which timesteps"
              + " are to be drawn; choose parameters or gradients");
    }
    TrainingConfig training = setup.training();
    if (!(training.weighting() instanceof ConstantWeighting)) {
      throw new UserException(
          "training.averaging=stock needs training.weighting=constant, it is %s",
          ConfigBinder.type(training.weighting()));
    }
    if (training.batchSize() % training.workers() != 0) {
      throw new UserException(
          "training.averaging=stock needs equal shares: training.batch-size=%s is no multiple of"
              + " training.workers=%s",
          training.batchSize(), training.workers());
    }
    long began = System.nanoTime();
    double loss =
        library.train(
            batches(workers, plan), state, plan.steps(), training.workers(), training.shareSize(0));
    state.setStep(plan.endStep());
    double seconds = (System.nanoTime() - began) / NANOS / plan.steps();
    List<StepStatistics> steps =
        LongStream.range(plan.firstStep(), plan.endStep())
            .mapToObj(step -> statistics(step, loss, seconds))
            .toList();
    return new RoundResult(
        steps, Map.of(), Map.of(), Double.isFinite(loss), RoundTimer.Seconds.NONE);
  }

  private StepStatistics statistics(long step, double loss, double seconds) {
    return new StepStatistics(
        step,
        setup.training().batchSize(),
        loss,
        new QuarterLosses(setup.schedule().steps()),
        0,
        seconds,
        TimedLosses.NONE);
  }

  private JavaRDD<LibraryAveraging.Examples> batches(JavaRDD<Integer> workers, RoundPlan plan) {
    Broadcast<WorkerSetup> known = sent;
    return workers.flatMap(
        worker -> {
          WorkerSetup here = known.value();
          GaussianDiffusion process = here.process();
          TrainingBatches batches = here.batches(process, plan.clock());
          return Iterators.transform(
              IntStream.range(0, plan.steps()).iterator(),
              i -> examples(process, batches.noise(here.minibatch(worker, plan.firstStep() + i))));
        });
  }

  private static LibraryAveraging.Examples examples(
      GaussianDiffusion process, TrainingBatch batch) {
    int[] timesteps = IntStream.range(0, batch.count()).map(batch::timestep).toArray();
    Batch target = batch.x0().like();
    process.target(batch.x0(), batch.xt(), batch.epsilon(), timesteps, target);
    return new LibraryAveraging.Examples(batch.xt(), batch.input().levels(), target);
  }
}

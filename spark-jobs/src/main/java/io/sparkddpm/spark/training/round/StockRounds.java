package io.sparkddpm.spark.training.round;

import static io.sparkddpm.error.Checks.checkState;

import com.google.common.collect.Iterators;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.engine.TrainingBatches;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.nd4j.GraphFactory;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.QuarterLosses;
import io.sparkddpm.objective.TimedLosses;
import io.sparkddpm.objective.TrainingBatch;
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
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.spark.api.RDDTrainingApproach;
import org.deeplearning4j.spark.api.Repartition;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.paramavg.ParameterAveragingTrainingMaster;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Rounds by dl4j-spark's own {@link ParameterAveragingTrainingMaster} on DL4J's graph, fed with the
 * same examples, timesteps and noise as ours: for comparison, with all its faults. Of the loss it
 * tells one number a round; gradient norms and losses by timestep it tells none, and they are
 * recorded as zero and as absent. One thread at a time.
 */
final class StockRounds {
  private static final double NANOS = 1e9;

  private final JavaSparkContext spark;
  private final WorkerSetup setup;
  private final Broadcast<WorkerSetup> sent;
  private final ComputationGraph graph;

  /**
   * @param graph the network in DL4J's form, see {@link GraphFactory}
   */
  StockRounds(
      JavaSparkContext spark,
      WorkerSetup setup,
      Broadcast<WorkerSetup> sent,
      ComputationGraph graph) {
    this.spark = spark;
    this.setup = setup;
    this.sent = sent;
    this.graph = graph;
  }

  /**
   * Takes some steps.
   *
   * @param workers one partition each
   * @param state as of the plan's first step; afterwards as of its end, its moments as DL4J's
   *     updater lays them out
   * @throws UserException where the network has dropout, whose masks DL4J would draw otherwise, or
   *     shares are not equal, which it would not weigh
   */
  RoundResult run(JavaRDD<Integer> workers, TrainingState state, RoundPlan plan) {
    check(plan);
    long began = System.nanoTime();
    load(state);
    SparkComputationGraph network = new SparkComputationGraph(spark, graph, master(plan.steps()));
    network.fitMultiDataSet(data(workers, plan));
    store(state);
    state.setStep(plan.endStep());
    double seconds = (System.nanoTime() - began) / NANOS / plan.steps();
    // DL4J's loss is summed over the pixels and divided by N·C.
    int pixels = network(setup).imageSize() * network(setup).imageSize();
    double loss = network.getScore() / pixels;
    List<StepStatistics> steps =
        LongStream.range(plan.firstStep(), plan.endStep())
            .mapToObj(step -> statistics(step, loss, seconds))
            .toList();
    return new RoundResult(
        steps, Map.of(), Map.of(), Double.isFinite(loss), RoundTimer.Seconds.NONE);
  }

  /** DL4J's graph is made of a U-Net alone. */
  private static UNetConfig network(WorkerSetup setup) {
    if (setup.engine().network() instanceof UNetConfig network) {
      return network;
    }
    throw new UserException("training.averaging=stock trains U-Nets only");
  }

  private void check(RoundPlan plan) {
    if (plan.clock().observes()) {
      throw new UserException(
          "training.averaging=stock does not tell the losses of examples, from which timesteps are"
              + " to be drawn; choose parameters or gradients");
    }
    TrainingConfig training = setup.training();
    if (!(training.weighting() instanceof ConstantWeighting)) {
      throw new UserException(
          "training.averaging=stock needs training.weighting=constant, it is %s",
          ConfigBinder.type(training.weighting()));
    }
    if (network(setup).dropout() > 0) {
      throw new UserException(
          "training.averaging=stock needs model.dropout=0, it is %s", network(setup).dropout());
    }
    if (training.batchSize() % training.workers() != 0) {
      throw new UserException(
          "training.averaging=stock needs equal shares: training.batch-size=%s is no multiple of"
              + " training.workers=%s",
          training.batchSize(), training.workers());
    }
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

  private ParameterAveragingTrainingMaster master(int steps) {
    int share = setup.training().shareSize(0);
    return new ParameterAveragingTrainingMaster.Builder(setup.training().workers(), share)
        .batchSizePerWorker(share)
        .averagingFrequency(steps)
        .rddTrainingApproach(RDDTrainingApproach.Direct)
        .repartionData(Repartition.Never)
        .workerPrefetchNumBatches(0)
        .saveUpdater(true)
        .build();
  }

  private JavaRDD<org.nd4j.linalg.dataset.api.MultiDataSet> data(
      JavaRDD<Integer> workers, RoundPlan plan) {
    Broadcast<WorkerSetup> known = sent;
    return workers.flatMap(
        worker -> {
          WorkerSetup here = known.value();
          GaussianDiffusion process = here.process();
          TrainingBatches batches = here.batches(plan.clock());
          return Iterators.transform(
              IntStream.range(0, plan.steps()).iterator(),
              i ->
                  dataSet(
                      here, process, batches.noise(here.minibatch(worker, plan.firstStep() + i))));
        });
  }

  private static MultiDataSet dataSet(
      WorkerSetup here, GaussianDiffusion process, TrainingBatch batch) {
    int[] timesteps = IntStream.range(0, batch.count()).map(batch::timestep).toArray();
    Batch target = batch.x0().like();
    process.target(batch.x0(), batch.xt(), batch.epsilon(), timesteps, target);
    return new MultiDataSet(
        new INDArray[] {
          array(batch.xt()), GraphFactory.sinusoids(network(here), batch.input().levels())
        },
        new INDArray[] {array(target)});
  }

  private static INDArray array(Batch x) {
    return Nd4j.create(
        x.data().clone(), new long[] {x.count(), x.channels(), x.height(), x.width()}, 'c');
  }

  private void load(TrainingState state) {
    graph.setParams(Nd4j.createFromArray(state.parameters()).reshape(1, -1));
    INDArray moments = moments(state.parameters().length);
    int length = state.parameters().length;
    moments.assign(
        Nd4j.concat(
            1,
            Nd4j.createFromArray(state.firstMoment()).reshape(1, length),
            Nd4j.createFromArray(state.secondMoment()).reshape(1, length)));
  }

  private void store(TrainingState state) {
    int length = state.parameters().length;
    copy(graph.params().dup().data().asFloat(), 0, state.parameters());
    float[] moments = moments(length).dup().data().asFloat();
    copy(moments, 0, state.firstMoment());
    copy(moments, length, state.secondMoment());
  }

  private static void copy(float[] from, int offset, float[] to) {
    System.arraycopy(from, offset, to, 0, to.length);
  }

  private INDArray moments(int length) {
    INDArray view = graph.getUpdater().getStateViewArray();
    checkState(view.length() == 2L * length, "an updater of %s values", view.length());
    return view;
  }
}

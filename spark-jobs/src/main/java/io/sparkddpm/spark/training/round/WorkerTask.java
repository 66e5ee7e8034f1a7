package io.sparkddpm.spark.training.round;

import static io.sparkddpm.error.Checks.checkState;

import com.google.common.collect.Iterators;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.LostMomentsException;
import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.engine.WorkerRound;
import io.sparkddpm.network.Network;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.session.RunningTask;
import io.sparkddpm.spark.training.exchange.LostBlocksException;
import io.sparkddpm.spark.training.exchange.RoundExchange;
import io.sparkddpm.spark.training.exchange.WorkerOutput;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;

/**
 * A worker's part of a round. A pure function of (vectors, worker, round): attempts of the same
 * task send the same bits.
 */
final class WorkerTask implements Function2<Integer, Iterator<Minibatch>, Iterator<WorkerOutput>> {
  private static final long serialVersionUID = 1L;

  private final Broadcast<WorkerSetup> setup;
  private final RoundExchange exchange;
  private final RoundPlan plan;

  WorkerTask(Broadcast<WorkerSetup> setup, RoundExchange exchange, RoundPlan plan) {
    this.setup = setup;
    this.exchange = exchange;
    this.plan = plan;
  }

  @Override
  public Iterator<WorkerOutput> call(Integer worker, Iterator<Minibatch> data) {
    if (!data.hasNext()) {
      return Collections.emptyIterator(); // more workers than examples
    }
    WorkerSetup known = setup.value();
    return known.use(
        EnginePool.here(),
        (engine, teacher) ->
            Iterators.singletonIterator(output(worker, data, known, engine, teacher)));
  }

  private WorkerOutput output(
      int worker,
      Iterator<Minibatch> data,
      WorkerSetup known,
      EnginePool.Engine engine,
      Optional<Network> teacher) {
    try {
      List<StepStatistics> seen = run(worker, data, known, engine, teacher);
      return output(worker, seen, WorkerOutput.Missing.NOTHING, engine);
    } catch (LostBlocksException e) {
      return output(worker, List.of(), WorkerOutput.Missing.AVERAGES, engine);
    } catch (LostMomentsException e) {
      return output(worker, List.of(), WorkerOutput.Missing.MOMENTS, engine);
    }
  }

  private static WorkerOutput output(
      int worker,
      List<StepStatistics> seen,
      WorkerOutput.Missing missing,
      EnginePool.Engine engine) {
    return new WorkerOutput(
        worker, seen, missing, SparkEnv.get().blockManager().blockManagerId(), engine.arithmetic());
  }

  private List<StepStatistics> run(
      int worker,
      Iterator<Minibatch> data,
      WorkerSetup known,
      EnginePool.Engine engine,
      Optional<Network> teacher) {
    WorkerRound round = known.round(engine, teacher, plan.clock());
    boolean gradients = plan.averages() == AveragingMode.GRADIENTS;
    List<StepStatistics> seen =
        gradients
            ? List.of(round.gradient(exchange.start()[0], data.next(), engine.gradient()))
            : round.train(exchange.startState(worker, plan.firstStep(), engine), data);
    if (seen.get(seen.size() - 1).isFinite()) {
      checkState(seen.size() == plan.steps(), "%s steps instead of %s", seen.size(), plan.steps());
      // a task that was overtaken leaves nothing behind
      RunningTask.stopIfKilled("the round does not wait for this task");
      long examples = seen.stream().mapToLong(StepStatistics::examples).sum();
      if (gradients) {
        exchange.sendGradient(worker, examples, engine);
      } else {
        exchange.sendState(worker, examples, engine);
      }
    }
    return List.copyOf(seen);
  }
}

package io.sparkddpm.spark.training.round;

import com.google.common.collect.Iterators;
import io.sparkddpm.carrier.CarrierProvider;
import io.sparkddpm.carrier.LibraryAveraging;
import io.sparkddpm.carrier.RoundCarrier;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.ChangeRounding;
import io.sparkddpm.engine.Minibatch;
import io.sparkddpm.engine.Moments;
import io.sparkddpm.engine.OuterStep;
import io.sparkddpm.engine.StepStatistics;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.WorkerMoments;
import io.sparkddpm.spark.executor.Arithmetic;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.executor.Role;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.TaskResources;
import io.sparkddpm.spark.training.exchange.Averages;
import io.sparkddpm.spark.training.exchange.BlockGrid;
import io.sparkddpm.spark.training.exchange.BlockedVectors;
import io.sparkddpm.spark.training.exchange.ClusterExchange;
import io.sparkddpm.spark.training.exchange.ClusterRun;
import io.sparkddpm.spark.training.exchange.HeapMoments;
import io.sparkddpm.spark.training.exchange.LocalExchange;
import io.sparkddpm.spark.training.exchange.Payload;
import io.sparkddpm.spark.training.exchange.PreferredPlaces;
import io.sparkddpm.spark.training.exchange.RoundExchange;
import io.sparkddpm.spark.training.exchange.RoundResult;
import io.sparkddpm.spark.training.exchange.RoundStart;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** Runs the rounds of a run, from the driver. One thread at a time. */
public final class Rounds implements AutoCloseable {
  private final JavaSparkContext spark;
  private final WorkerSetup setup;
  private final Broadcast<WorkerSetup> sent;
  private final RoundCarrier carrier;
  private final Optional<StockRounds> stock;
  private final boolean local;
  private final Optional<OuterStep> outer;

  /** Room for the mean beside the parameters that a round started from, within one process. */
  private float[] spare;

  private Map<Integer, String> places = Map.of();

  /** What the last round of parameters came to, on executors: of which state, as of which step. */
  private Averages held;

  private TrainingState heldState;
  private long heldStep;

  /** Where moments of workers' own are kept within one process. */
  private final HeapMoments heap = new HeapMoments();

  private Optional<WorkerMoments> own;

  private BlockedVectors room;
  private ClusterRun cluster;
  private ClusterExchange last;
  private long begun;

  /**
   * @param local whether driver and tasks share this JVM
   * @param library what runs the rounds; empty: they run as plain Spark jobs
   * @param outer changes the mean of the parameters, and is changed by each round that averages
   *     them; empty: nothing does
   * @param own moments of each worker, where each has its own by now
   */
  public Rounds(
      JavaSparkContext spark,
      WorkerSetup setup,
      boolean local,
      Optional<CarrierProvider> library,
      Optional<OuterStep> outer,
      Optional<WorkerMoments> own) {
    this.own = own;
    this.spark = spark;
    this.setup = setup;
    this.local = local;
    this.outer = outer;
    this.sent = spark.broadcast(setup);
    this.carrier = library.map(l -> l.carrier(spark)).orElse(RoundCarrier.DIRECT);
    this.stock =
        setup.training().averaging().modes().contains(AveragingMode.STOCK)
            ? Optional.of(new StockRounds(setup, sent, averaging(library)))
            : Optional.empty();
  }

  private LibraryAveraging averaging(Optional<CarrierProvider> library) {
    EnginePool.Key engine = setup.engine();
    return Carriers.requireStock(library)
        .averaging(spark, engine.network(), engine.optimizer(), setup.seed());
  }

  /**
   * Takes some steps.
   *
   * @param state as of the plan's first step; afterwards as of its end, maybe in other arrays.
   *     Undefined where the result is not complete. What it holds after a round must not be changed
   *     before the next one: executors have it already
   */
  public RoundResult run(TrainingState state, RoundPlan plan) {
    RoundResult result = steps(state, plan);
    places = result.places();
    return result;
  }

  /**
   * Moments of each worker, where each has its own after the rounds so far; until the next round,
   * or until this is closed.
   */
  public Optional<WorkerMoments> own() {
    return own;
  }

  private RoundResult steps(TrainingState state, RoundPlan plan) {
    if (stock.isPresent()) {
      return stock.get().run(workers(plan), state, plan);
    }
    if (plan.averages() == AveragingMode.GRADIENTS) {
      return byGradients(state, plan);
    }
    return byParameters(state, plan);
  }

  private RoundResult byParameters(TrainingState state, RoundPlan plan) {
    open(state);
    BlockedVectors result = averaged(state);
    if (local && outer.isPresent()) {
      result.arrays()[0] = spare == null ? new float[state.parameters().length] : spare;
    }
    boolean same = held != null && heldState == state && heldStep == state.step();
    RoundExchange exchange = exchange(start(state, plan), same ? held : null, result, outer);
    held = null;
    RoundResult outcome = carry(plan, exchange, result);
    if (outcome.complete()) {
      own = exchange.kept();
      finish(state, result);
      state.setStep(plan.endStep());
    }
    if (exchange instanceof ClusterExchange here && outcome.complete()) {
      held = here.averages();
      heldState = state;
      heldStep = plan.endStep();
    }
    return outcome;
  }

  private Moments moments() {
    return setup.training().averaging().moments();
  }

  /** What workers start from; at first those with their own moments have the state's. */
  private RoundStart start(TrainingState state, RoundPlan plan) {
    boolean same = moments() == Moments.AVERAGED || (moments() == Moments.LOCAL && own.isEmpty());
    return new RoundStart(
        same ? BlockedVectors.of(state) : new BlockedVectors(state.parameters()),
        moments(),
        own,
        payload(plan));
  }

  private Payload payload(RoundPlan plan) {
    return switch (setup.training().averaging().exchange()) {
      case FLOAT32 -> Payload.vectors();
      case BFLOAT16 -> Payload.changes(new ChangeRounding(setup.seed(), plan.firstStep()));
    };
  }

  /** What workers hand to the averaging. */
  private BlockedVectors averaged(TrainingState state) {
    return moments() == Moments.AVERAGED
        ? BlockedVectors.of(state)
        : new BlockedVectors(state.parameters());
  }

  /** Takes the outer step, if there is one, and puts what was averaged into the state. */
  private void finish(TrainingState state, BlockedVectors result) {
    float[][] averaged = result.arrays();
    outer.ifPresent(step -> step.apply(state.parameters(), averaged[0]));
    if (local && outer.isPresent()) {
      spare = state.parameters();
    }
    if (moments() == Moments.AVERAGED) {
      state.setVectors(averaged[0], averaged[1], averaged[2]);
    } else {
      state.setVectors(averaged[0], state.firstMoment(), state.secondMoment());
    }
    if (moments() == Moments.RESET) {
      state.clearMoments();
    }
  }

  /** Runs a round's workers and averages what they leave; closes the exchange. */
  private RoundResult carry(RoundPlan plan, RoundExchange exchange, BlockedVectors result) {
    AtomicReference<RoundResult> outcome = new AtomicReference<>();
    try {
      carrier.carry(
          data(plan),
          data -> outcome.set(exchange.run(data, new WorkerTask(sent, exchange, plan), result)));
    } finally {
      exchange.close();
    }
    return outcome.get();
  }

  /** Before the first round: brings moments of workers' own to where workers can fetch them. */
  private void open(TrainingState state) {
    if (!local && cluster == null) {
      cluster = new ClusterRun(spark);
      int length = state.parameters().length;
      own = own.map(moments -> cluster.keep(begun++, moments, setup.training(), length));
    }
  }

  private RoundExchange exchange(
      RoundStart start, Averages onExecutors, BlockedVectors result, Optional<OuterStep> changed) {
    if (local) {
      return new LocalExchange(start, heap);
    }
    BlockGrid whole = result.grid(result.arrays()[0].length);
    if (room == null || !room.grid(whole.block()).equals(whole)) {
      room = BlockedVectors.of(whole);
    }
    int workers = setup.training().workers();
    return last =
        new ClusterExchange(
            spark, cluster, begun++, start, onExecutors, room, workers, changed.orElse(null));
  }

  private RoundResult byGradients(TrainingState state, RoundPlan plan) {
    open(state);
    RoundStart parameters = RoundStart.ofGradients(new BlockedVectors(state.parameters()));
    BlockedVectors result = new BlockedVectors(new float[state.parameters().length]);
    RoundResult outcome = carry(plan, exchange(parameters, null, result, Optional.empty()), result);
    if (!outcome.complete()) {
      return outcome;
    }
    float[] gradient = result.arrays()[0];
    Map<String, Arithmetic> arithmetic = new HashMap<>(outcome.arithmetic());
    arithmetic.put("the driver", apply(gradient, state));
    StepStatistics step = outcome.steps().get(0).withGradientNorm(norm(gradient));
    return new RoundResult(
        List.of(step), outcome.places(), arithmetic, step.isFinite(), outcome.seconds());
  }

  /** One step on the driver. @return what it computes with */
  private Arithmetic apply(float[] gradient, TrainingState state) {
    return EnginePool.here()
        .use(
            Role.DENOISER,
            setup.engine(),
            engine -> {
              engine.model().load(state);
              engine.model().loadGradient(gradient);
              engine.model().update(engine.model().gradientNorm());
              engine.model().store(state);
              return engine.arithmetic();
            });
  }

  /** The data of a round, a partition for each worker: read where and when the worker runs. */
  private JavaRDD<Minibatch> data(RoundPlan plan) {
    Broadcast<WorkerSetup> known = sent;
    return workers(plan)
        .flatMap(
            worker -> {
              if (known.value().training().shareSize(worker) == 0) {
                return Collections.emptyIterator();
              }
              return Iterators.transform(
                  IntStream.range(0, plan.steps()).iterator(),
                  i -> known.value().minibatch(worker, plan.firstStep() + i));
            });
  }

  /**
   * Workers, each with a preference for the executor that ran it last, whose cache has the shards
   * of the window, then for the hosts of its shards' files.
   */
  JavaRDD<Integer> workers(RoundPlan plan) {
    List<Integer> workers = IntStream.range(0, setup.training().workers()).boxed().toList();
    return TaskResources.withCard(PreferredPlaces.rdd(spark, workers, w -> preferred(w, plan)));
  }

  private List<String> preferred(int worker, RoundPlan plan) {
    List<String> preferred = new ArrayList<>();
    if (places.containsKey(worker)) {
      preferred.add(places.get(worker));
    }
    if (setup.training().shareSize(worker) > 0 && !local) {
      preferred.addAll(setup.hosts(worker, plan.firstStep()));
    }
    return preferred;
  }

  private static double norm(float[] gradient) {
    double sum = 0;
    for (float g : gradient) {
      sum += (double) g * g;
    }
    return Math.sqrt(sum);
  }

  @Override
  public void close() {
    if (last != null) {
      last.forget();
    }
    if (cluster != null) {
      cluster.close();
    }
    Broadcasts.destroy(sent);
  }
}

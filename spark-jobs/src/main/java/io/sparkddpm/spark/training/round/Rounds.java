package io.sparkddpm.spark.training.round;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.carrier.CarrierProvider;
import io.sparkddpm.carrier.RoundCarrier;
import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.ChangeRounding;
import io.sparkddpm.engine.Moments;
import io.sparkddpm.engine.OuterStep;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.WorkerMoments;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.training.exchange.Averages;
import io.sparkddpm.spark.training.exchange.BlockedVectors;
import io.sparkddpm.spark.training.exchange.ClusterExchange;
import io.sparkddpm.spark.training.exchange.Payload;
import io.sparkddpm.spark.training.exchange.RoundExchange;
import io.sparkddpm.spark.training.exchange.RoundResult;
import io.sparkddpm.spark.training.exchange.RoundStart;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the rounds of a run, from the driver: {@link #run}, then {@link #take}. Where parameters are
 * averaged on a cluster, the driver takes what a round came to on a thread of its own, while the
 * workers of the next one work: they have all that they start from. If averages are lost before the
 * driver has them, the round is run again from what the driver has, to the same bits, and what the
 * next one has come to meanwhile is void. One thread at a time.
 */
public final class Rounds implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);

  private final WorkerSetup setup;
  private final Broadcast<WorkerSetup> sent;
  private final RoundCarrier carrier;
  private final WorkerPartitions partitions;
  private final Exchanges exchanges;
  private final Optional<StockRounds> stock;
  private final boolean local;
  private final Optional<OuterStep> outer;

  /** Of each vector. */
  private final int length;

  /** Room for the mean beside the parameters that a round started from, within one process. */
  private float[] spare;

  /** What the last round of parameters came to, on executors: of which state, as of which step. */
  private Averages held;

  private TrainingState heldState;
  private long heldStep;

  private Optional<WorkerMoments> own;

  private final DriverThread driver = new DriverThread();
  private RoundResult result;

  /** Of the last round, until the driver has taken it; {@code null} where it has all. */
  private Averaged averaged;

  /** Receives it; {@code null} where nobody has asked for it yet. */
  private Consumer<RoundResult> receiver;

  /**
   * A round whose averages are there, but not the driver's.
   *
   * @param own moments of workers' own that the round started from
   */
  private record Averaged(
      TrainingState state,
      RoundPlan plan,
      Optional<WorkerMoments> own,
      RoundExchange exchange,
      RoundResult result) {
    RoundResult timed() {
      return result.withSeconds(exchange.seconds());
    }
  }

  /** The round before had to be run again; the one that runs has started from what is gone. */
  private static final class VoidRoundException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

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
    this.setup = setup;
    this.local = local;
    this.outer = outer;
    this.length = Math.toIntExact(setup.engine().parameters());
    this.sent = spark.broadcast(setup);
    this.partitions = new WorkerPartitions(spark, setup, sent, local);
    this.exchanges = new Exchanges(spark, setup, local, length);
    this.carrier = library.map(l -> l.carrier(spark)).orElse(RoundCarrier.DIRECT);
    this.stock =
        setup.training().averaging().modes().contains(AveragingMode.STOCK)
            ? Optional.of(StockRounds.by(Carriers.requireStock(library), spark, setup, sent))
            : Optional.empty();
  }

  /**
   * Takes some steps. When it returns, the round before has been taken.
   *
   * @param state as of the plan's first step, or on its way there, see {@link #take}; undefined
   *     afterwards where the result is not complete. What it holds after a round must not be
   *     changed before the next one: executors have it already
   * @throws RuntimeException what the receiver of the round before has thrown
   */
  public RoundResult run(TrainingState state, RoundPlan plan) {
    checkState(averaged == null || receiver != null, "the last round has not been taken");
    while (true) {
      try {
        result = steps(state, plan);
        requireSettled();
        partitions.ran(result.places());
        return result;
      } catch (VoidRoundException e) {
        LOG.info("Running {} again too", plan);
      }
    }
  }

  /**
   * Brings what the last round, a complete one, came to into its state, maybe in other arrays: the
   * state is that of the round's end when {@code receiver} is called. That may be on another
   * thread, and until the next round has been run, or {@link #settle} has returned, the state must
   * not be looked at elsewhere.
   *
   * @param receiver of the round's result
   */
  public void take(Consumer<RoundResult> receiver) {
    if (averaged == null) {
      receiver.accept(result);
      return;
    }
    this.receiver = receiver;
    Averaged round = averaged;
    driver.begin(
        () -> {
          boolean there = bring(round);
          if (there) {
            receiver.accept(round.timed());
          }
          return there;
        });
  }

  /**
   * Waits until the last round has been taken.
   *
   * @throws RuntimeException what its receiver has thrown
   */
  public void settle() {
    settled();
  }

  private void requireSettled() {
    if (!settled()) {
      throw new VoidRoundException();
    }
  }

  /** As {@link #settle}; false if the round had to be run again for it. */
  private boolean settled() {
    if (receiver == null) {
      return true;
    }
    Averaged round = averaged;
    Consumer<RoundResult> waiting = receiver;
    averaged = null;
    receiver = null;
    if (driver.await()) {
      return true;
    }
    LOG.warn("Lost what {} came to before the driver had it: running them again", round.plan);
    round.exchange.close();
    held = null;
    own = round.own;
    Averaged again = average(round.state, round.plan);
    while (!bring(again)) {
      carry(again.plan, again.exchange);
    }
    waiting.accept(again.timed());
    return false;
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
      return stock.get().run(partitions.workers(plan), state, plan);
    }
    if (plan.averages() == AveragingMode.GRADIENTS) {
      return byGradients(state, plan);
    }
    Averaged round = average(state, plan);
    if (!round.result.complete()) {
      round.exchange.close();
    } else if (local) {
      bring(round);
      own = round.exchange.kept();
    } else {
      averaged = round;
    }
    return round.result;
  }

  /** Runs a round of parameters, but for the driver's part. */
  private Averaged average(TrainingState state, RoundPlan plan) {
    own = exchanges.open(own);
    boolean same = held != null && heldState == state && heldStep == plan.firstStep();
    Optional<WorkerMoments> before = own;
    int vectors = moments().averagedVectors();
    RoundExchange exchange =
        exchanges.next(
            start(state, plan), same ? held : null, vectors, outer, this::requireSettled);
    held = null;
    RoundResult outcome = carry(plan, exchange);
    if (exchange instanceof ClusterExchange here && outcome.complete()) {
      own = here.kept();
      held = here.averages();
      heldState = state;
      heldStep = plan.endStep();
    }
    return new Averaged(state, plan, before, exchange, outcome);
  }

  /** Brings what a round came to into its state; false if some of it is gone. */
  private boolean bring(Averaged round) {
    TrainingState state = round.state;
    BlockedVectors vectors = averaged(state);
    if (local && outer.isPresent()) {
      vectors.arrays()[0] = spare == null ? new float[state.parameters().length] : spare;
    }
    boolean there = round.exchange.take(vectors);
    if (there) {
      finish(state, vectors);
      state.setStep(round.plan.endStep());
      round.exchange.close();
    }
    return there;
  }

  private Moments moments() {
    return setup.training().averaging().moments();
  }

  /** What workers start from; at first those with their own moments have the state's. */
  private RoundStart start(TrainingState state, RoundPlan plan) {
    boolean same = moments() == Moments.AVERAGED || (moments() == Moments.LOCAL && own.isEmpty());
    return new RoundStart(
        () -> {
          requireSettled();
          return same ? BlockedVectors.of(state) : new BlockedVectors(state.parameters());
        },
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

  /** Runs a round's workers and averages what they leave; closes the exchange if that fails. */
  private RoundResult carry(RoundPlan plan, RoundExchange exchange) {
    AtomicReference<RoundResult> outcome = new AtomicReference<>();
    try {
      carrier.carry(
          partitions.data(plan),
          data -> outcome.set(exchange.run(data, new WorkerTask(sent, exchange, plan))));
      return outcome.get();
    } finally {
      if (outcome.get() == null) {
        exchange.close();
      }
    }
  }

  private RoundResult byGradients(TrainingState state, RoundPlan plan) {
    requireSettled();
    own = exchanges.open(own);
    RoundStart parameters = RoundStart.ofGradients(new BlockedVectors(state.parameters()));
    BlockedVectors mean = new BlockedVectors(new float[length]);
    RoundExchange exchange =
        exchanges.next(parameters, null, 1, Optional.empty(), this::requireSettled);
    RoundResult outcome = carry(plan, exchange);
    while (outcome.complete() && !exchange.take(mean)) {
      outcome = carry(plan, exchange);
    }
    outcome = outcome.withSeconds(exchange.seconds());
    exchange.close();
    if (!outcome.complete()) {
      return outcome;
    }
    return DriverStep.take(setup.engine(), mean.arrays()[0], state, outcome);
  }

  @Override
  public void close() {
    driver.close();
    exchanges.close();
    Broadcasts.destroy(sent);
  }
}

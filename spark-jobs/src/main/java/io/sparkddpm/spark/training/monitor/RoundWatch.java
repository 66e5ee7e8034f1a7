package io.sparkddpm.spark.training.monitor;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.training.MaintenanceConfig;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps rounds from waiting for ever: cancels a round's Spark job when it takes too long, or when
 * the cluster has had too few executors for too long, and says what to set. One round at a time.
 */
public final class RoundWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RoundWatch.class);
  private static final double NANOS_PER_MINUTE = 60e9;
  private static final long LOOKS = 20;

  private static final AtomicLong NEXT = new AtomicLong();

  /** Distinguishes its rounds from those of other runs in the application. */
  private final long id = NEXT.getAndIncrement();

  private final SparkContext spark;
  private final MaintenanceConfig limits;
  private final ScheduledExecutorService clock;

  /** When there were enough executors last; over rounds, without the time between them. */
  private final AtomicLong enoughAt = new AtomicLong(System.nanoTime());

  private long endedAt = System.nanoTime();

  private final SparkListener losses =
      new SparkListener() {
        @Override
        public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
          LOG.warn("Lost executor {}: {}", removed.executorId(), removed.reason());
        }
      };

  public RoundWatch(SparkContext spark, MaintenanceConfig limits) {
    this.spark = spark;
    this.limits = limits;
    this.clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "round watch");
              thread.setDaemon(true);
              return thread;
            });
    spark.addSparkListener(losses);
  }

  /**
   * Runs a round's Spark jobs.
   *
   * @param name of the round, for messages
   * @param description for Spark's pages
   * @throws UserException if a limit was passed
   */
  public <T> T watch(String name, String description, Supplier<T> round) {
    AtomicReference<String> passed = new AtomicReference<>();
    String group = "spark-ddpm-" + id + "-" + name;
    spark.setJobGroup(group, description, true);
    enoughAt.addAndGet(System.nanoTime() - endedAt); // nobody looked in the meantime
    endedAt = System.nanoTime();
    Look look = new Look(name, group, passed);
    look.run(); // rounds may be shorter than the time between two looks
    if (passed.get() != null) {
      throw new UserException("%s", passed.get());
    }
    long period = Math.max(1, (long) (shortest() * NANOS_PER_MINUTE / LOOKS));
    var looking = clock.scheduleAtFixedRate(look, period, period, TimeUnit.NANOSECONDS);
    try {
      return round.get();
    } catch (Exception e) { // Scala throws SparkException, which is checked, without saying so
      if (passed.get() != null) {
        throw new UserException(e, "%s", passed.get());
      }
      throw e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    } finally {
      looking.cancel(false);
      endedAt = System.nanoTime();
      spark.clearJobGroup();
    }
  }

  private double shortest() {
    double shortest = 1;
    for (double minutes : new double[] {limits.roundMinutes(), limits.resourceMinutes()}) {
      shortest = minutes > 0 ? Math.min(shortest, minutes) : shortest;
    }
    return shortest;
  }

  /** What is looked at again and again while a round runs. */
  private final class Look implements Runnable {
    private final String name;
    private final String group;
    private final AtomicReference<String> passed;
    private final long began = System.nanoTime();

    Look(String name, String group, AtomicReference<String> passed) {
      this.name = name;
      this.group = group;
      this.passed = passed;
    }

    @Override
    public void run() {
      long now = System.nanoTime();
      int executors = executors();
      if (spark.isLocal() || executors >= limits.executors()) {
        enoughAt.set(now);
      }
      Optional<String> why = Optional.empty();
      if (limits.roundMinutes() > 0 && minutes(began, now) > limits.roundMinutes()) {
        why =
            Optional.of(
                String.format(
                    Locale.ROOT,
                    "%s took longer than maintenance.round-minutes=%s: raise it, set"
                        + " training.averaging.period.steps lower, or give it more executors",
                    name,
                    limits.roundMinutes()));
      } else if (limits.resourceMinutes() > 0
          && minutes(enoughAt.get(), now) > limits.resourceMinutes()) {
        why =
            Optional.of(
                String.format(
                    Locale.ROOT,
                    "%s had %d executors for maintenance.resource-minutes=%s,"
                        + " maintenance.executors=%d are needed: see whether the cluster has room"
                        + " for spark.executor.memory=%s and spark.executor.cores=%s, or ask for"
                        + " less",
                    name,
                    executors,
                    limits.resourceMinutes(),
                    limits.executors(),
                    setting("spark.executor.memory"),
                    setting("spark.executor.cores")));
      }
      if (why.isPresent() && passed.compareAndSet(null, why.get())) {
        spark.cancelJobGroup(group);
      } else if (passed.get() != null) {
        spark.cancelJobGroup(group); // a job that began in the meantime
      }
    }
  }

  private static double minutes(long from, long to) {
    return (to - from) / NANOS_PER_MINUTE;
  }

  private String setting(String key) {
    return spark.conf().get(key, "(default)");
  }

  /** Without the driver, which counts as one. */
  private int executors() {
    return spark.statusTracker().getExecutorInfos().length - 1;
  }

  @Override
  public void close() {
    clock.shutdownNow();
    spark.removeSparkListener(losses);
  }
}

package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.apache.hadoop.fs.FileUtil;

/**
 * Runs jobs again and again, as processes in local mode and on a cluster on this machine, kills and
 * suspends some of them and fails their reads, at moments drawn from a seed, and compares every
 * result with one that nobody disturbed. One thread at a time.
 */
public final class Chaos {
  private static final double NANOS_PER_MINUTE = 60e9;

  private static final Limits LONG = new Limits(Integer.MAX_VALUE, 12, Integer.MAX_VALUE);

  /**
   * How much is done.
   *
   * @param results that are made at most
   * @param faults after which a result is left to be made
   * @param changes of files that a fault waits for, at most
   */
  private record Limits(int results, int faults, int changes) {}

  /** From so many faults on, it saves time to make an archive of classes first. */
  private static final int MANY_FAULTS = 40;

  private final Path dir;
  private final String mainClass;
  private final Plan plan;
  private final Consumer<String> out;
  private final SoakResult result = new SoakResult();
  private final long began = System.nanoTime();

  /**
   * What is disturbed, and for how long.
   *
   * @param jobs in turn
   * @param threads of a task, one of which is drawn for each result
   * @param faults after which the last result is left to be made
   * @param minutes after which it ends in any case; 0: no limit
   * @param seed of the draws; the moments themselves also depend on how fast the machine is
   */
  public record Plan(List<Job> jobs, List<Integer> threads, int faults, double minutes, long seed) {
    public Plan {
      jobs = List.copyOf(jobs);
      threads = List.copyOf(threads);
    }
  }

  /**
   * @param dir local directory for everything
   * @param mainClass of the command line, which the processes run
   * @param out receives a line for every result
   */
  public Chaos(Path dir, String mainClass, Plan plan, Consumer<String> out) {
    this.dir = dir;
    this.mainClass = mainClass;
    this.plan = plan;
    this.out = out;
  }

  /** Runs until one of the limits is reached and the last result is made. */
  public SoakResult run() {
    return run(LONG);
  }

  /** Runs every job once, each with an early fault or, where reads fail, a few more. */
  public SoakResult once() {
    return run(new Limits(plan.jobs.size(), 1, 2));
  }

  private SoakResult run(Limits limits) {
    try (SoakEnvironment environment = new SoakEnvironment(dir, mainClass)) {
      if (limits.results > plan.jobs.size() && plan.faults >= MANY_FAULTS) {
        environment.shareClasses(
            Job.NIGHTLY.scenario(environment, RandomStream.of(0, Purpose.CHAOS)));
      }
      for (int number = 1; number <= limits.results && mayContinue(); number++) {
        trial(environment, number, limits);
      }
      return result;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private boolean mayContinue() {
    double minutes = (System.nanoTime() - began) / NANOS_PER_MINUTE;
    return result.faults() < plan.faults && (plan.minutes == 0 || minutes < plan.minutes);
  }

  private void trial(SoakEnvironment environment, int number, Limits limits)
      throws InterruptedException {
    Job job = plan.jobs.get((number - 1) % plan.jobs.size());
    RandomStream random = RandomStream.of(plan.seed, Purpose.CHAOS, number);
    Conditions conditions = Conditions.draw(plan.threads, random);
    Path place = environment.newDirectory(job + "-" + number);
    int faults = result.faults();
    int resumptions = result.resumptions();
    List<String> differences =
        new SoakTrial(
                environment,
                job,
                conditions,
                place,
                random,
                limits.changes,
                result,
                () -> mayContinue() && result.faults() - faults < limits.faults)
            .run();
    result.addResult();
    result.addDifferences(differences);
    if (differences.isEmpty()) {
      FileUtil.fullyDelete(place.toFile());
    }
    out.accept(
        String.format(
            Locale.ROOT,
            "%s, %s: %d faults, %d resumptions, %s; so far %d faults",
            place.getFileName(),
            conditions,
            result.faults() - faults,
            result.resumptions() - resumptions,
            differences.isEmpty() ? "the same" : "NOT THE SAME: " + differences.get(0),
            result.faults()));
  }

  @Override
  public String toString() {
    return "soak run of " + plan + " in " + dir;
  }
}

package io.sparkddpm.spark.cli;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.lab.chaos.Chaos;
import io.sparkddpm.spark.lab.chaos.Job;
import io.sparkddpm.spark.lab.chaos.SoakResult;
import io.sparkddpm.spark.session.Durations;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code chaos}: jobs under fire. */
@Command(
    name = "chaos",
    description = {
      "Soak test: disturbs jobs at random, and compares every bit.",
      "Runs small jobs on this machine again and again, kills and suspends their processes and"
          + " fails their reads, resumes them, and compares what they make with jobs that nobody"
          + " disturbed. Ends with 0 if all is the same, with 1 if not."
    },
    mixinStandardHelpOptions = true)
final class ChaosCommand implements Callable<Integer> {
  private static final double NANOS = 1e9;

  @ParentCommand private DdpmCommand ddpm;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description = "Local directory for results and logs; must not exist.")
  private Path dir;

  @Option(
      names = "--faults",
      paramLabel = "N",
      defaultValue = "100",
      description =
          "Ends after so many faults, once the result under way is made; default ${DEFAULT-VALUE}.")
  private int faults;

  @Option(
      names = "--minutes",
      paramLabel = "M",
      defaultValue = "0",
      description =
          "Ends after so long, once the result under way is made; default ${DEFAULT-VALUE}: no"
              + " limit.")
  private double minutes;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Decides what happens and when; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--jobs",
      paramLabel = "JOB",
      split = ",",
      defaultValue = "shard,train,sample,fid,nightly",
      description = "Which jobs, in turn: shard, train, sample, fid, nightly; all by default.")
  private List<Job> jobs;

  @Option(
      names = "--threads",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,2",
      description =
          "Threads of a task (spark.task.cpus), drawn for each; default ${DEFAULT-VALUE}.")
  private List<Integer> threads;

  @Override
  public Integer call() {
    if (faults < 1 || !(minutes >= 0)) {
      throw new UserException("--faults must be at least 1 and --minutes not negative");
    }
    if (threads.stream().anyMatch(n -> n < 1 || n > 2)) {
      throw new UserException("--threads must be 1, 2 or both, got %s", threads);
    }
    Path place = dir.toAbsolutePath().normalize();
    if (Files.exists(place)) {
      throw new UserException("%s exists already: name a directory that does not", place);
    }
    PrintStream out = ddpm.terminal().out();
    long began = System.nanoTime();
    Chaos.Plan plan = new Chaos.Plan(jobs, threads, faults, minutes, seed);
    SoakResult result = new Chaos(place, Main.class.getName(), plan, out::println).run();
    result.differences().forEach(out::println);
    String time = Durations.text((System.nanoTime() - began) / NANOS);
    out.println("survived " + result + "; " + time + ", seed " + seed);
    return result.differences().isEmpty() ? Cli.OK : Cli.FAILED;
  }
}

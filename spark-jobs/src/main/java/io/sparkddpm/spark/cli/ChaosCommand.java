package io.sparkddpm.spark.cli;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.chaos.Chaos;
import io.sparkddpm.spark.chaos.Toll;
import io.sparkddpm.spark.session.Durations;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code chaos}: training under fire. */
@Command(
    name = "chaos",
    description = {
      "Soak test: trains while processes are killed at random, and compares every bit.",
      "A small network is trained on a cluster of local processes; executors and drivers are"
          + " killed, the run resumes on other numbers of executors, and must equal runs that"
          + " nobody disturbed. Ends with 0 if all are the same, with 1 if not."
    },
    mixinStandardHelpOptions = true)
final class ChaosCommand implements Callable<Integer> {
  private static final double NANOS = 1e9;

  @ParentCommand private DdpmCommand ddpm;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      required = true,
      description = "Local directory for runs and logs; must not exist.")
  private Path dir;

  @Option(
      names = "--faults",
      paramLabel = "N",
      defaultValue = "100",
      description = "Ends after so many processes were killed; default ${DEFAULT-VALUE}.")
  private int faults;

  @Option(
      names = "--minutes",
      paramLabel = "M",
      defaultValue = "0",
      description = "Ends after so long in any case; default ${DEFAULT-VALUE}: no limit.")
  private double minutes;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Decides who is killed and when; default ${DEFAULT-VALUE}.")
  private long seed;

  @Override
  public Integer call() {
    if (faults < 1 || !(minutes >= 0)) {
      throw new UserException("--faults must be at least 1 and --minutes not negative");
    }
    Path place = dir.toAbsolutePath().normalize();
    if (Files.exists(place)) {
      throw new UserException("%s exists already: name a directory that does not", place);
    }
    PrintStream out = ddpm.terminal().out();
    long began = System.nanoTime();
    Toll toll = new Chaos(place, Main.class.getName(), seed, out::println).run(faults, minutes);
    toll.differences().forEach(out::println);
    String time = Durations.text((System.nanoTime() - began) / NANOS);
    out.println("survived " + toll + "; " + time + ", seed " + seed);
    return toll.differences().isEmpty() ? Cli.OK : Cli.FAILED;
  }
}

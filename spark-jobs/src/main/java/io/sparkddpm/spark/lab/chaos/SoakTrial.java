package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.error.UserException;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.lab.cluster.JavaProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * One job from its first command to its result, through all its faults: a command that was
 * disturbed is given again until it succeeds, and the result is compared with the undisturbed one.
 * One thread at a time.
 */
final class SoakTrial {
  private static final int OK = 0;
  private static final int BAD_INPUT = 2;

  /** Attempts at one command that are disturbed; the next one is left alone. */
  private static final int DISTURBED_ATTEMPTS = 10;

  /** No attempt takes so long on the slowest machine. */
  private static final long HANGS_MILLIS = 600_000;

  private static final int STARTING_MILLIS = 4_000;
  private static final int WRITING_MILLIS = 25;
  private static final int WORKING_MILLIS = 400;

  private static final Pattern EXCEPTION = Pattern.compile("^[\\w.$]+(Exception|Error)\\b");

  private static final double READ_FAILURES = 0.02;

  private final SoakEnvironment environment;
  private final Job job;
  private final Scenario scenario;
  private final Conditions conditions;
  private final SoakDirectory directory;
  private final RandomStream random;
  private final int mostChanges;
  private final SoakResult result;
  private final BooleanSupplier mayContinue;
  private final List<String> problems = new ArrayList<>();
  private long whole = Long.MIN_VALUE;
  private String attempt;
  private List<String> command;
  private int number;
  private boolean mayBeRefused;

  SoakTrial(
      SoakEnvironment environment,
      Job job,
      Conditions conditions,
      Path dir,
      RandomStream random,
      int mostChanges,
      SoakResult result,
      BooleanSupplier mayContinue) {
    this.environment = environment;
    this.job = job;
    this.scenario = job.scenario(environment, random);
    this.conditions = conditions;
    this.directory = new SoakDirectory(dir, conditions.flaky());
    this.random = random;
    this.mostChanges = mostChanges;
    this.result = result;
    this.mayContinue = mayContinue;
  }

  /**
   * Runs it to its end, or to the first thing that is not as it should be.
   *
   * @return what differs, was lost or ended otherwise than it should have
   */
  List<String> run() throws InterruptedException {
    try {
      List<List<String>> commands = scenario.commands(directory, conditions.threads());
      for (int i = 0; i < commands.size() && problems.isEmpty(); i++) {
        number = i;
        scenario.before(dir(), i);
        untilDone(commands.get(i), name() + "-" + i);
      }
      if (problems.isEmpty()) {
        compare();
      }
    } catch (UserException e) {
      problem("%s", e.getMessage());
    }
    return problems;
  }

  private void untilDone(List<String> given, String logs) throws InterruptedException {
    for (int i = 0; problems.isEmpty(); i++) {
      if (i > 0) {
        result.addResumption();
        scenario.betweenAttempts(dir(), random);
      }
      attempt = logs + "-" + i;
      boolean calm = i >= DISTURBED_ATTEMPTS || !mayContinue.getAsBoolean();
      FaultInjection injection = calm ? FaultInjection.NONE : drawInjection();
      command = new ArrayList<>(given);
      command.addAll(settings(calm ? 0 : READ_FAILURES / (1 + i)));
      boolean done = attempt(injection);
      lookForLosses();
      if (done) {
        return;
      }
    }
  }

  private FaultInjection drawInjection() {
    int draw = random.nextInt(10);
    if (conditions.cluster() && draw < 7) {
      return new KillExecutors(environment.cluster());
    }
    return draw < 7 || conditions.cluster() ? new KillDriver() : new SuspendDriver();
  }

  private List<String> settings(double readFailures) {
    List<String> settings =
        new ArrayList<>(
            conditions.cluster()
                ? environment.onCluster(
                    1 + random.nextInt(SoakEnvironment.MAX_EXECUTORS), conditions.threads())
                : environment.local(conditions.threads()));
    if (conditions.flaky()) {
      settings.addAll(FlakyFileSystem.settings(readFailures, random.nextLong(), failedReads()));
    }
    return settings;
  }

  private Path failedReads() {
    return environment.dir().resolve(attempt + ".failed-reads");
  }

  /** Whether the command succeeded. */
  private boolean attempt(FaultInjection injection) throws InterruptedException {
    mayBeRefused = false;
    OptionalInt code;
    Path log;
    FileChanges changes = new FileChanges(dir());
    try (JavaProcess driver =
        environment.start(attempt, conditions.threads(), List.of(), command)) {
      log = driver.log();
      code = injection.on(driver, changes, this);
    }
    int failed = (int) sizeOf(failedReads());
    count(Fault.READ_FAILED, failed);
    if (code.isPresent()
        && code.getAsInt() != OK
        && !(code.getAsInt() == BAD_INPUT && (failed > 0 || mayBeRefused))) {
      problem("a command ended with %d: %s; see %s", code.getAsInt(), lastError(log), log);
    }
    return code.equals(OptionalInt.of(OK));
  }

  private static long sizeOf(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file, e.getMessage());
    }
  }

  /** What a command reported at its end: the line for its user, or that of an exception. */
  private static String lastError(Path log) {
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
      return lines.stream()
          .filter(line -> line.startsWith("ddpm: "))
          .reduce((a, b) -> b)
          .or(() -> lines.stream().filter(l -> EXCEPTION.matcher(l).find()).findFirst())
          .orElse("no error reported");
    } catch (IOException e) {
      return "cannot read its log: " + e.getMessage();
    }
  }

  private void lookForLosses() {
    long now = scenario.whole(dir());
    if (now < whole) {
      problem("%d was whole before the attempt %s, %d after it", whole, attempt, now);
    }
    whole = Math.max(whole, now);
  }

  private void compare() throws InterruptedException {
    SortedMap<String, String> found = scenario.content(dir());
    SortedMap<String, String> expected =
        environment.result(scenario.undisturbed(dir()), conditions.threads());
    TreeSet<String> names = new TreeSet<>(expected.keySet());
    names.addAll(found.keySet());
    for (String name : names) {
      String is = found.getOrDefault(name, "missing");
      String was = expected.getOrDefault(name, "missing");
      if (!is.equals(was)) {
        problem("%s is %s, undisturbed %s", name, is, was);
      }
    }
  }

  // What fault injections need.

  Path dir() {
    return directory.dir();
  }

  RandomStream random() {
    return random;
  }

  void count(Fault fault, int times) {
    result.add(job, fault, times);
  }

  void problem(String format, Object... arguments) {
    problems.add(
        name() + " (" + conditions + "): " + String.format(Locale.ROOT, format, arguments));
  }

  private String name() {
    return String.valueOf(dir().getFileName());
  }

  /** The attempt that now runs may end with exit code 2. */
  void expectRefusal() {
    mayBeRefused = true;
  }

  /** Whether all that the attempt's command makes is there. */
  boolean isMade() {
    return scenario.isMade(dir(), number);
  }

  /** Starts the attempt's command once more. */
  JavaProcess startAgain(String option) {
    return environment.start(attempt + "-second", conditions.threads(), List.of(option), command);
  }

  /** Waits for a moment of the draw. @return whether it came before the process ended */
  boolean moment(JavaProcess driver, FileChanges changes) throws InterruptedException {
    int draw = random.nextInt(8);
    int starting = random.nextInt(STARTING_MILLIS);
    return draw == 0 ? !driver.endsWithin(starting) : workingMoment(driver, changes, changes());
  }

  /**
   * Waits for a moment at which files have been begun.
   *
   * @param most changes that are waited for
   */
  boolean workingMoment(JavaProcess driver, FileChanges changes, int most)
      throws InterruptedException {
    int count = 1 + random.nextInt(most);
    boolean writing = random.nextInt(2) == 0;
    int millis = random.nextInt(writing ? WRITING_MILLIS : WORKING_MILLIS);
    return changes.await(driver, count, millis);
  }

  /** Changes of files that a fault may wait for. */
  int changes() {
    return Math.min(scenario.changes(), mostChanges);
  }

  /** Waits for the end of a process. */
  int exitCode(JavaProcess process) throws InterruptedException {
    if (!process.endsWithin(HANGS_MILLIS)) {
      process.dumpThreads();
      problem("a process hangs; its threads are in %s", process.log());
      process.kill();
    }
    return process.exitCode();
  }
}

package io.sparkddpm.spark.lab.cluster;

import io.sparkddpm.error.UserException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * A JVM beside this one, of the same Java and mostly the same class path, whose output goes to a
 * file line by line. Thread-safe.
 */
public final class JavaProcess implements AutoCloseable {
  private static final String LOGGING =
      "-Dlog4j2.configurationFile=classpath:org/apache/spark/log4j2-defaults.properties";

  private static final long LAST_LINES_MILLIS = 10_000;
  private static final long DUMP_MILLIS = 2_000;

  private final Process process;
  private final Path log;
  private final CompletableFuture<String> announced = new CompletableFuture<>();
  private final Thread reader;

  private JavaProcess(Process process, Path log, Pattern announcement) {
    this.process = process;
    this.log = log;
    this.reader = new Thread(() -> copy(announcement), log.getFileName() + " reader");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts a class's main method.
   *
   * @param log receives what it prints
   * @param environment beside this process's own
   * @param announcement a line that it is waited for, whose first group {@link #announced} returns
   * @param heap such as {@code 512m}
   */
  public static JavaProcess start(
      Path log,
      Map<String, String> environment,
      Pattern announcement,
      String heap,
      String mainClass,
      List<String> arguments) {
    return start(log, environment, announcement, heap, List.of(), mainClass, arguments);
  }

  /** The same with more options of the JVM. */
  public static JavaProcess start(
      Path log,
      Map<String, String> environment,
      Pattern announcement,
      String heap,
      List<String> options,
      String mainClass,
      List<String> arguments) {
    return start(log, environment, announcement, heap, options, classPath(), mainClass, arguments);
  }

  /** The same of another class path. */
  public static JavaProcess start(
      Path log,
      Map<String, String> environment,
      Pattern announcement,
      String heap,
      String classPath,
      String mainClass,
      List<String> arguments) {
    return start(log, environment, announcement, heap, List.of(), classPath, mainClass, arguments);
  }

  private static JavaProcess start(
      Path log,
      Map<String, String> environment,
      Pattern announcement,
      String heap,
      List<String> options,
      String classPath,
      String mainClass,
      List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptions().trim().split("\\s+", -1)));
    command.add("--add-modules=jdk.incubator.vector");
    command.add("-Dorg.deeplearning4j.crash.reporting.enabled=false");
    command.add("-XX:+UseSerialGC");
    command.add("-Xmx" + heap);
    command.add(LOGGING);
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, mainClass));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      return new JavaProcess(builder.start(), log, announcement);
    } catch (IOException e) {
      throw new UserException(e, "cannot start %s: %s", mainClass, e.getMessage());
    }
  }

  /** What this JVM loads its classes from, a jar that spark-submit brought included. */
  static String classPath() {
    String path = System.getProperty("java.class.path");
    CodeSource own = JavaProcess.class.getProtectionDomain().getCodeSource();
    if (own == null) {
      return path;
    }
    String place = Path.of(URI.create(own.getLocation().toString())).toString();
    return List.of(path.split(File.pathSeparator, -1)).contains(place)
        ? path
        : place + File.pathSeparator + path;
  }

  private void copy(Pattern announcement) {
    try (BufferedReader in =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        BufferedWriter out = Files.newBufferedWriter(log, StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.write(line);
        out.newLine();
        out.flush();
        Matcher matcher = announcement.matcher(line);
        if (matcher.find()) {
          announced.complete(matcher.group(1));
        }
      }
      announced.completeExceptionally(new UserException("a process ended early; see %s", log));
    } catch (IOException e) {
      announced.completeExceptionally(e);
    }
  }

  /**
   * Waits for the line that it was to print.
   *
   * @throws UserException if the process ends without it
   */
  public String announced() {
    try {
      return announced.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof UserException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Whether it has printed the line that is waited for. */
  public boolean hasAnnounced() {
    return announced.isDone() && !announced.isCompletedExceptionally();
  }

  /** The process. */
  public ProcessHandle handle() {
    return process.toHandle();
  }

  /**
   * Waits for its end, but not for long.
   *
   * @return whether it has ended
   */
  public boolean endsWithin(long millis) throws InterruptedException {
    return process.waitFor(millis, TimeUnit.MILLISECONDS);
  }

  /**
   * Waits for its end, and until {@link #log} holds all that it printed. Children that still hold
   * its output when it has ended are not waited for long.
   */
  public int exitCode() throws InterruptedException {
    int code = process.waitFor();
    reader.join(LAST_LINES_MILLIS);
    return code;
  }

  /** Where its output is. */
  public Path log() {
    return log;
  }

  /** Ends it as {@code kill -9} does, and waits until it is gone. */
  public void kill() {
    handle().destroyForcibly();
    handle().onExit().join();
  }

  /** Stops it where it is, as {@code kill -STOP} does; it may be killed then, too. */
  public void suspend() throws InterruptedException {
    signal("STOP");
  }

  /** Resumes it after {@link #suspend}, as {@code kill -CONT} does. */
  public void resume() throws InterruptedException {
    signal("CONT");
  }

  /** Has it print where its threads are. */
  public void dumpThreads() throws InterruptedException {
    signal("QUIT");
    endsWithin(DUMP_MILLIS);
  }

  private void signal(String name) throws InterruptedException {
    String command = "kill -" + name + " " + process.pid();
    try {
      new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UserException(e, "cannot run '%s': %s", command, e.getMessage());
    }
  }

  @Override
  public void close() {
    List<ProcessHandle> children = handle().descendants().toList();
    kill();
    children.forEach(ProcessHandle::destroyForcibly);
  }
}

package io.sparkddpm.spark.lab.doctor;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.executor.Arithmetic;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.session.TaskResources;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.training.exchange.PreferredPlaces;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.status.api.v1.ExecutorSummary;
import scala.collection.JavaConverters;

/**
 * Looks at a cluster as jobs will find it: runs a task on each executor that is there, which
 * computes, reads and writes.
 */
public final class ClusterDoctor {
  private static final String DRIVER = "driver";

  /** Spark may prefer a free executor to the one that a task wishes for. */
  private static final int TRIES = 5;

  private final JavaSparkContext spark;
  private final EngineFactory factory;
  private final int threads;

  /**
   * @param factory what jobs compute with
   */
  public ClusterDoctor(SparkSession session, EngineFactory factory) {
    this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    this.factory = factory;
    this.threads = spark.getConf().getInt(Arithmetic.THREADS, 1);
  }

  /**
   * Looks at all executors.
   *
   * @param directories that all of them should read and write
   * @throws UserException if the driver cannot write there, or executors run other code
   */
  public Diagnosis run(List<URI> directories) {
    List<FileProbe> probes = new ArrayList<>();
    try {
      for (URI directory : directories) {
        probes.add(new FileProbe(spark.hadoopConfiguration(), directory));
      }
      return look(probes);
    } finally {
      Collections.reverse(probes); // the first has made what is above several
      probes.forEach(FileProbe::close);
    }
  }

  private Diagnosis look(List<FileProbe> probes) {
    ProcessFacts driver = ProcessFacts.here(DRIVER, spark.getConf().get("spark.driver.host"));
    spark.parallelize(List.of(0), 1).count(); // waits for the first executor
    SortedMap<String, String> executors = executors();
    Map<String, ExecutorReport> reports = new LinkedHashMap<>();
    Map<String, Long> offsets = new HashMap<>();
    for (int i = 0; i < TRIES && !reports.keySet().containsAll(executors.keySet()); i++) {
      SortedMap<String, String> missing = new TreeMap<>(executors);
      missing.keySet().removeAll(reports.keySet());
      long before = System.currentTimeMillis();
      for (ExecutorReport report : visit(missing, probes)) {
        long now = System.currentTimeMillis();
        ProcessFacts process = report.process();
        reports.putIfAbsent(process.id(), report);
        offsets.putIfAbsent(process.id(), outside(process.clockMillis(), before, now));
      }
      executors = executors(); // more may have come meanwhile
    }
    List<ExecutorReport> seen =
        reports.values().stream()
            .map(r -> withDriversView(r, probes))
            .sorted(Comparator.comparing(r -> r.process().id()))
            .toList();
    Diagnosis diagnosis = Diagnosis.of(driver, seen, offsets, probes.size());
    List<String> problems = new ArrayList<>(diagnosis.problems());
    for (String id : executors.keySet()) {
      if (!reports.containsKey(id)) {
        problems.add("executor " + id + " took no task: is it busy or lost?");
      }
    }
    int expected = spark.getConf().getInt("spark.executor.instances", 0);
    if (executors.size() < expected) {
      problems.add(
          executors.size() + " of " + expected + " executors have come: has the cluster room?");
    }
    return new Diagnosis(diagnosis.table(), diagnosis.facts(), problems);
  }

  /** What the driver does not see of what executors wrote is a problem too. */
  private static ExecutorReport withDriversView(ExecutorReport report, List<FileProbe> probes) {
    List<String> problems = new ArrayList<>(report.fileProblems());
    if (problems.isEmpty()) {
      for (FileProbe probe : probes) {
        probe
            .unseen(report.process().id())
            .ifPresent(why -> problems.add(probe.scratch() + ": " + why));
      }
    }
    return new ExecutorReport(report.process(), report.engine(), problems);
  }

  /** Of a time that lies between two of this process, 0; else how far it is off. */
  private static long outside(long time, long before, long after) {
    return time < before ? time - before : Math.max(0, time - after);
  }

  /** Places of executors by Spark's ids; in local mode of the driver, which is the only one. */
  private SortedMap<String, String> executors() {
    SortedMap<String, String> found = new TreeMap<>();
    for (ExecutorSummary executor :
        JavaConverters.seqAsJavaList(spark.sc().statusStore().executorList(true))) {
      String host = executor.hostPort().replaceAll(":\\d+$", "");
      found.put(executor.id(), "executor_" + host + "_" + executor.id());
    }
    if (found.size() > 1) {
      found.remove(DRIVER);
    }
    return found;
  }

  private List<ExecutorReport> visit(SortedMap<String, String> executors, List<FileProbe> probes) {
    List<String> places = List.copyOf(executors.values());
    Map<URI, String> scratch = new LinkedHashMap<>();
    probes.forEach(p -> scratch.put(p.scratch(), p.token()));
    Visit visit = new Visit(factory, threads, HadoopConf.of(spark.hadoopConfiguration()), scratch);
    List<ExecutorReport> reports = new ArrayList<>();
    StreamedResults.forEach(
        TaskResources.withCard(
                PreferredPlaces.rdd(
                    spark,
                    IntStream.range(0, places.size()).boxed().toList(),
                    i -> List.of(places.get(i))))
            .map(i -> visit.here()),
        "doctor",
        reports::add);
    return reports;
  }

  /** What a task does. */
  private record Visit(
      EngineFactory factory, int threads, HadoopConf conf, Map<URI, String> scratch)
      implements Serializable {
    ExecutorReport here() {
      SparkEnv env = SparkEnv.get();
      String id = env.executorId();
      ProcessFacts process = ProcessFacts.here(id, env.blockManager().blockManagerId().host());
      List<String> problems = new ArrayList<>();
      scratch.forEach(
          (dir, token) ->
              FileProbe.fromHere(conf.get(), dir, token, id)
                  .ifPresent(why -> problems.add(dir + ": " + why)));
      return new ExecutorReport(process, EngineProbe.here(factory, threads), problems);
    }
  }
}

package io.sparkddpm.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.solver.CoarseToFine;
import io.sparkddpm.solver.Interpolation;
import io.sparkddpm.solver.OdeSteps;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.Solver;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.lab.cluster.LocalCluster;
import io.sparkddpm.spark.pipeline.LabelledRun;
import io.sparkddpm.spark.session.Sessions;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of a real network, by every solver, on executors that are processes of their own. */
class EverySolverIT {
  private static final int MANY_EXECUTORS = 3;

  @TempDir private Path dir;

  @AfterEach
  void free() {
    ExecutorState.free();
  }

  private static SparkSession session(LocalCluster cluster, int executors) {
    Map<String, String> settings = new HashMap<>(cluster.settings(executors));
    settings.put("spark.executor.memory", "512m");
    settings.put("spark.executor.memoryOverhead", "1g");
    return Sessions.open("test", settings);
  }

  /** Guided by all solvers of the configuration, which takes two evaluations; two unguided. */
  private Map<String, SampleConfig> ways() {
    Map<String, SampleConfig> ways = new TreeMap<>();
    for (String solver : List.of("ancestral", "unipc")) {
      ways.put(solver, config(solver));
      String run = dir.resolve("1-classifier").toUri().toString();
      ways.put(
          solver + "-classifier",
          config(solver, "guidance.type=classifier", "guidance.run=" + run, "guidance.scale=30"));
    }
    for (String solver : ConfigBinder.types(Solver.class)) {
      SampleConfig config = config(solver, "guidance.scale=3");
      if (!config.solver().isOfTokens()) {
        ways.put(solver + "-guided", config);
      }
    }
    return ways;
  }

  private static SampleConfig config(String solver, String... more) {
    List<String> keys = new ArrayList<>();
    keys.add("solver=" + solver);
    keys.addAll(List.of("steps=4", "spacing=trailing", "seed=5", "batch-size=2", "weights=raw"));
    keys.addAll(List.of(more));
    return ConfigBinder.bind(SampleConfig.DEFAULTS, ConfigLayer.assignments("test", keys));
  }

  private SampleJob job(SparkSession spark, String name, SampleConfig config) {
    return SampleJob.on(spark)
        .from(dir.resolve("run").toUri())
        .to(dir.resolve(name).toUri())
        .config(config);
  }

  private static float[] weights(Path run) {
    return Checkpoints.latestWhole(new Configuration(), run.toUri()).orElseThrow().weights("raw");
  }

  /** Fingerprints of the artefacts by what made them. */
  private Map<String, String> all(SparkSession spark, URI dataset, int executors) {
    Map<String, String> found = new TreeMap<>();
    Path classifier = dir.resolve(executors + "-classifier");
    LabelledRun.classifier(spark, classifier, dataset, 12).run();
    found.put("classifier", Integer.toHexString(Arrays.hashCode(weights(classifier))));
    ways()
        .forEach(
            (name, config) -> {
              String to = executors + "-" + name;
              found.put(name, job(spark, to, config).count(8).run().fingerprint());
            });
    Interpolation between =
        new Interpolation(
            Interpolation.Noise.ODE, Interpolation.Path.SPHERICAL, 1, 2, List.of(999.0, 500.0), 3);
    SampleConfig along = config("heun", "label=3");
    found.put(
        "interpolation",
        job(spark, executors + "-between", along)
            .rows(timesteps -> between)
            .images(dataset)
            .run()
            .fingerprint());
    CoarseToFine shared = new CoarseToFine(4, List.of(999.0, 499.0, -1.0), 2);
    found.put(
        "coarse-to-fine",
        job(spark, executors + "-shared", config("ancestral", "label=3"))
            .rows(timesteps -> shared)
            .run()
            .fingerprint());
    for (OdeSteps steps : List.of(OdeSteps.FIXED, new OdeSteps.Adaptive(0.1, 0.1))) {
      found.put(
          "encoding-" + steps.keepsToGrid(),
          EncodeJob.on(spark)
              .from(dir.resolve("run").toUri())
              .images(dataset)
              .to(dir.resolve(executors + "-encoding-" + steps.keepsToGrid()).toUri())
              .levels(along)
              .config(new EncodeConfig(steps))
              .count(8)
              .probes(1)
              .run()
              .fingerprint());
    }
    return found;
  }

  @Test
  void anyNumberOfExecutorsGivesTheSameBits() throws IOException {
    Path scratch = Files.createDirectory(dir.resolve("cluster"));
    try (LocalCluster cluster = LocalCluster.start(scratch, MANY_EXECUTORS, 1, "4g")) {
      Map<String, String> one;
      URI dataset;
      try (SparkSession spark = session(cluster, 1)) {
        dataset = LabelledRun.shard(spark, dir, 40);
        LabelledRun.job(spark, dir.resolve("run"), dataset, LabelledRun.network(10, 0.3)).run();
        one = all(spark, dataset, 1);
      }
      try (SparkSession spark = session(cluster, MANY_EXECUTORS)) {
        assertEquals(one, all(spark, dataset, MANY_EXECUTORS));
      }
    }
  }
}

package io.sparkddpm.spark.training.job;

import io.sparkddpm.artifact.InputRef;
import io.sparkddpm.carrier.CarrierProvider;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.spark.executor.Arithmetic;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.executor.Role;
import io.sparkddpm.spark.training.MaintenanceConfig;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.monitor.RunObserver;
import io.sparkddpm.spark.training.round.BatchSource;
import io.sparkddpm.spark.training.round.WorkerSetup;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * What is to be trained, and where.
 *
 * @param run the run directory
 * @param engine what computes
 * @param library what runs the rounds; empty: they run as plain Spark jobs
 * @param source where the examples come from
 * @param dataset what the examples are, for manifests
 * @param earlierDatasets fingerprints of datasets that the run may have been trained on before
 * @param asOnCluster sends everything through Spark, in local mode too
 * @param maintenance deadlines, and when checkpoints are written
 * @param teacher weights of the network that the objective compares with, with which a new run
 *     begins too; empty: it has none
 * @param observer receives the run's events
 */
record TrainRequest(
    JavaSparkContext spark,
    URI run,
    RunSettings settings,
    EngineFactory engine,
    Optional<CarrierProvider> library,
    BatchSource source,
    InputRef dataset,
    Set<String> earlierDatasets,
    boolean asOnCluster,
    MaintenanceConfig maintenance,
    Optional<float[]> teacher,
    RunObserver observer) {
  TrainingConfig training() {
    return settings.training();
  }

  /** What draws the timesteps, as of step 0. */
  Clock clock() {
    return settings.clock();
  }

  /** What every worker knows from the start. */
  WorkerSetup workerSetup() {
    return new WorkerSetup(
        settings.schedule(),
        settings.diffusion(),
        training(),
        settings.seed(),
        engineKey(),
        source,
        teacher.orElse(null));
  }

  /** The kind of model that each worker computes with. */
  EnginePool.Key engineKey() {
    int threads = spark.getConf().getInt(Arithmetic.THREADS, 1);
    return new EnginePool.Key(engine, settings.model(), settings.optimizer(), threads);
  }

  /** All models that a task holds at the same time. */
  Map<Role, EnginePool.Key> models() {
    return teacher.isPresent()
        ? Map.of(Role.DENOISER, engineKey(), Role.TEACHER, engineKey())
        : Map.of(Role.DENOISER, engineKey());
  }

  /**
   * Whether driver and tasks share this JVM and hand their vectors over on its heap: not where
   * there are so many workers that their vectors would not fit.
   */
  boolean isInProcess() {
    boolean fits = training().workers() <= 2 * spark.defaultParallelism();
    return spark.isLocal() && fits && !asOnCluster;
  }
}

package io.sparkddpm.spark.training.job;

import static io.sparkddpm.spark.training.job.TrainFixture.CONF;
import static io.sparkddpm.spark.training.job.TrainFixture.job;
import static io.sparkddpm.spark.training.job.TrainFixture.last;
import static io.sparkddpm.spark.training.job.TrainFixture.settings;
import static io.sparkddpm.spark.training.job.TrainFixture.training;
import static io.sparkddpm.spark.training.job.TrainFixture.uri;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.AveragingMode;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.spark.executor.Arithmetic;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.executor.ExecutorState;
import io.sparkddpm.spark.executor.TinyModel;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.training.MaintenanceConfig;
import io.sparkddpm.spark.training.MixedHardware;
import io.sparkddpm.spark.training.checkpoint.RunDiff;
import io.sparkddpm.spark.training.monitor.ArithmeticWatch;
import io.sparkddpm.tensor.NamedTensor;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What decides the last bits of a run is recorded with it, compared, refused and logged. */
class ArithmeticTest {
  private static final MaintenanceConfig WARN =
      new MaintenanceConfig(0, 0, false, 0, 1, 0, MixedHardware.WARN);

  @TempDir static Path dir;
  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = TrainFixture.spark("local[2]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @AfterEach
  void freeEngines() {
    ExecutorState.free();
  }

  /** The tiny engine on a machine of some kind. */
  private record Machine(String vectorBits) implements EngineFactory {
    private static final long serialVersionUID = 1L;
    private static final EngineFactory TINY = new TinyModel.Factory();

    @Override
    public SortedMap<String, String> arithmetic() {
      return new TreeMap<>(Map.of("vector-bits", vectorBits));
    }

    @Override
    public String name() {
      return TINY.name();
    }

    @Override
    public TrainableNetwork create(NetworkConfig network, OptimizerConfig optimizer, int threads) {
      return TINY.create(network, optimizer, threads);
    }

    @Override
    public List<NamedTensor> layout(NetworkConfig network) {
      return TINY.layout(network);
    }

    @Override
    public float[] initialParameters(NetworkConfig network, long seed) {
      return TINY.initialParameters(network, seed);
    }
  }

  private static TrainJob on(EngineFactory machine, Path run, long steps) {
    return job(spark, run, settings(training(7, steps, 2, 2))).engine(machine);
  }

  private static String refused(TrainJob job) {
    return assertThrows(UserException.class, job::run).getMessage();
  }

  private static Map<String, ?> recorded(Path run) {
    return Arithmetic.read(last(run).manifest()).values();
  }

  @Test
  void whatTheWorkersReportIsRecordedAndEntersNoFingerprint() {
    Path plain = dir.resolve("plain");
    Path wide = dir.resolve("wide");
    job(spark, plain, settings(training(7, 12, 2, 2))).run();
    for (AveragingMode mode : List.of(AveragingMode.PARAMETERS, AveragingMode.GRADIENTS)) {
      int every = mode == AveragingMode.GRADIENTS ? 1 : 2;
      Path run = dir.resolve("sent-" + mode);
      job(spark, run, settings(training(7, 12, 2, every, mode)))
          .engine(new Machine("512"))
          .asOnCluster()
          .run();
      assertEquals("[512]", recorded(run).get("vector-bits").toString());
    }
    on(new Machine("512"), wide, 12).run();
    assertEquals(
        "{engine=[tiny], spark.task.cpus=[1], vector-bits=[512]}", recorded(wide).toString());
    assertEquals(
        Arithmetic.read(last(wide).manifest()),
        Arithmetic.read(Artifact.open(CONF, uri(wide)).manifest()));
    assertEquals(last(plain).manifest().fingerprint(), last(wide).manifest().fingerprint());
    assertEquals(
        Artifact.open(CONF, uri(plain)).manifest().fingerprint(),
        Artifact.open(CONF, uri(wide)).manifest().fingerprint());
  }

  @Test
  void anotherKindOfMachineIsRefusedOrRecordedOnResuming() {
    Path run = dir.resolve("resumed");
    on(new Machine("256"), run, 12).run();
    for (boolean cluster : new boolean[] {false, true}) {
      TrainJob job = on(new Machine("512"), run, 24);
      String message = refused(cluster ? job.asOnCluster() : job);
      assertTrue(message.contains("(vector-bits was 256, is now 512)"), message);
      assertTrue(message.contains("maintenance.mixed-hardware=warn"), message);
      assertEquals(12, last(run).step());
    }
    on(new Machine("512"), run, 12).run(); // there is nothing left to compute
    on(new Machine("512"), run, 18).maintenance(WARN).run();
    assertEquals("[256, 512]", recorded(run).get("vector-bits").toString());
    on(new Machine("256"), run, 24).run(); // it is mixed already
    assertEquals(24, last(run).step());
    String message = refused(on(new Machine("128"), run, 30));
    assertTrue(message.contains("vector-bits was 256 + 512, is now 128"), message);
  }

  /** The driver knows that before anything is computed. */
  @Test
  void otherThreadsOrAnotherEngineAreRefusedAtOnce() {
    Path run = dir.resolve("threads");
    on(new Machine("256"), run, 12).run();
    ArithmeticWatch watch =
        new ArithmeticWatch(uri(run), MixedHardware.REFUSE, Arithmetic.read(last(run).manifest()));
    OptimizerConfig optimizer = OptimizerConfig.DEFAULTS;
    var two = new EnginePool.Key(new Machine("256"), UNetConfig.DEFAULTS, optimizer, 2);
    String message =
        assertThrows(UserException.class, () -> watch.expect(Arithmetic.everywhere(two)))
            .getMessage();
    assertTrue(message.contains("(spark.task.cpus was 1, is now 2)"), message);
    var other = new EnginePool.Key(new Nd4jEngine(), UNetConfig.DEFAULTS, optimizer, 1);
    message =
        assertThrows(UserException.class, () -> watch.expect(Arithmetic.everywhere(other)))
            .getMessage();
    assertTrue(message.contains("(engine was tiny, is now dl4j)"), message);
  }

  @Test
  void executorsOfTwoKindsAreRefusedOrRecorded() {
    URI run = URI.create("file:/run");
    Map<String, Arithmetic> round =
        Map.of(
            "executor 1 on a", Arithmetic.of(Map.of("vector-bits", "256", "kernels", "vector")),
            "executor 2 on a", Arithmetic.of(Map.of("vector-bits", "256", "kernels", "vector")),
            "executor 3 on b", Arithmetic.of(Map.of("vector-bits", "512", "kernels", "vector")));
    var strict = new ArithmeticWatch(run, MixedHardware.REFUSE, Arithmetic.UNKNOWN);
    String message = assertThrows(UserException.class, () -> strict.look(round)).getMessage();
    assertTrue(
        message.startsWith(
            "executor 1 on a and executor 3 on b compute with different last bits (vector-bits 256"
                + " and 512), so that the weights of file:/run would depend on who does what: "),
        message);
    assertEquals(Arithmetic.UNKNOWN, strict.recorded());
    var lenient = new ArithmeticWatch(run, MixedHardware.WARN, Arithmetic.UNKNOWN);
    assertDoesNotThrow(() -> lenient.look(round));
    assertEquals(
        "{kernels=[vector], vector-bits=[256, 512]}", lenient.recorded().values().toString());
  }

  @Test
  void runsThatDifferInItAreReported() {
    Path one = dir.resolve("one");
    Path other = dir.resolve("other");
    on(new Machine("256"), one, 12).run();
    on(new Machine("512"), other, 12).run();
    List<String> found =
        RunDiff.compare(CONF, uri(one), uri(other)).differences().stream()
            .map(RunDiff.Difference::toString)
            .toList();
    assertEquals(List.of("step 0: hardware: vector-bits 256 | 512"), found);
    on(new Machine("256"), one, 18).run();
    Path old = dir.resolve("old");
    job(spark, old, settings(training(7, 12, 2, 2))).run(); // knows of no vectors
    assertEquals(List.of(), RunDiff.compare(CONF, uri(one), uri(old)).differences());
  }

  @Test
  void theEngineOnTheProcessorReportsWhatItComputesWith() {
    SortedMap<String, String> facts = new Nd4jEngine().arithmetic();
    assertEquals("vector", facts.get("kernels"));
    assertTrue(List.of("128", "256", "512").contains(facts.get("vector-bits")), facts.toString());
    for (String name : List.of("nd4j", "openblas", "processor")) {
      assertTrue(facts.containsKey(name) && !facts.get(name).contains(" + "), facts.toString());
    }
    assertEquals(facts, new Nd4jEngine().arithmetic());
  }
}

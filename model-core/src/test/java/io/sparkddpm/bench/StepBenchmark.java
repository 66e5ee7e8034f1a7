package io.sparkddpm.bench;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Training step, prediction, sampling step and batch preparation of the CIFAR-10 network. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 3)
@org.openjdk.jmh.annotations.Measurement(iterations = 5, time = 5)
@Fork(1)
public class StepBenchmark {
  @Param({"32", "64", "128"})
  private int channels;

  @Param({"4", "16", "32"})
  private int batch;

  @Param({"1", "2"})
  private int threads;

  private EngineBench bench;

  @Setup
  public void layOut() {
    UNetConfig network =
        new UNetConfig(32, 3, 3, channels, List.of(1, 2, 2, 2), 2, List.of(16), 0.1);
    bench =
        new EngineBench(
            new Nd4jEngine(),
            network,
            OptimizerConfig.DEFAULTS,
            NoiseSchedule.of(ScheduleConfig.DEFAULTS),
            DiffusionConfig.DEFAULTS,
            ObjectiveConfig.DEFAULTS,
            batch,
            threads,
            1,
            3);
  }

  @Benchmark
  public void training() {
    bench.trainingStep();
  }

  @Benchmark
  public void inference() {
    bench.predict();
  }

  /** Two steps. */
  @Benchmark
  public void ancestralSampling() {
    bench.sample();
  }

  @Benchmark
  public void batchPreparation() {
    bench.prepareBatch();
  }

  @TearDown
  public void close() {
    bench.close();
  }
}

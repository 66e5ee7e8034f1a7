package io.sparkddpm.dl4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingStep;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.objective.ConstantWeighting;
import io.sparkddpm.objective.SquaredError;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.tensor.Batch;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/** DL4J's graph and the engine are two ways to run one network: they must agree. */
class GraphFactoryTest {
  private static final UNetConfig NETWORK =
      new UNetConfig(8, 3, 3, 32, List.of(1, 2), 1, List.of(4), 0);

  private static float[] gaussian(int length, long key) {
    float[] values = new float[length];
    RandomStream.of(1, Purpose.NOISE, key).fillGaussian(values, 0, length);
    return values;
  }

  private static float[] randomParameters() {
    float[] p = NETWORK.spec().initialParameters(1);
    float[] noise = gaussian(p.length, 99);
    for (int i = 0; i < p.length; i++) {
      p[i] += 0.05f * noise[i];
    }
    return p;
  }

  @Test
  void graphHasTheFlatParametersOfTheLayout() {
    ComputationGraph graph = GraphFactory.create(NETWORK, 3, new Sgd(0.1));
    assertEquals(NETWORK.spec().parameterCount(), graph.params().length());
    assertArrayEquals(NETWORK.spec().initialParameters(3), graph.params().dup().data().asFloat());
  }

  @Test
  void plainGradientDescentOfTheGraphEqualsTheEngine() {
    float[] start = randomParameters();
    ComputationGraph graph = GraphFactory.create(NETWORK, 3, new Sgd(0.1));
    graph.setParams(Nd4j.createFromArray(start).reshape(1, -1));
    int n = 4;
    float[] x = gaussian(n * 192, 1);
    float[] target = gaussian(n * 192, 2);
    double[] t = {0, 10, 500, 999};
    INDArray input = Nd4j.create(x, new long[] {n, 3, 8, 8}, 'c');
    INDArray times = GraphFactory.sinusoids(NETWORK, t);

    float[] gradient = new float[start.length];
    Batch prediction = new Batch(n, 3, 8, 8);
    double loss;
    try (TrainableNetwork model = new Nd4jEngine().create(NETWORK, OptimizerConfig.DEFAULTS, 1)) {
      model.loadParameters(start);
      Batch xt = new Batch(x, n, 3, 8, 8);
      model.forward(xt, t, Condition.none(n), prediction);
      NetworkInput seen = new NetworkInput(xt, t, Condition.none(n), new long[n]);
      Batch epsilon = new Batch(target, n, 3, 8, 8); // what the network is to predict
      TrainingBatch batch =
          new TrainingBatch(0, 0, seen, xt, epsilon, new long[n], new float[] {1, 1, 1, 1});
      GaussianDiffusion diffusion =
          new GaussianDiffusion(
              NoiseSchedule.of(ScheduleConfig.DEFAULTS), DiffusionConfig.DEFAULTS);
      TrainingStep step =
          new TrainingStep(
              model,
              new SquaredError(diffusion, new ConstantWeighting()),
              OptimizerConfig.DEFAULTS);
      loss = step.gradient(batch, gradient).loss();
    }
    assertClose(prediction.data(), graph.output(input, times)[0].dup('c').data().asFloat(), 2e-5);

    graph.fit(
        new MultiDataSet(
            new INDArray[] {input, times},
            new INDArray[] {Nd4j.create(target, new long[] {n, 3, 8, 8}, 'c')}));
    // DL4J's loss is summed over the pixels and divided by N·C.
    assertEquals(loss * 64, graph.score(), 1e-4 * loss * 64);
    float[] after = graph.params().dup().data().asFloat();
    float[] moved = new float[after.length];
    float[] expected = new float[after.length];
    for (int i = 0; i < after.length; i++) {
      moved[i] = after[i] - start[i];
      expected[i] = -0.1f * 64 * gradient[i];
    }
    assertClose(expected, moved, 1e-3);
  }

  private static void assertClose(float[] expected, float[] actual, double tolerance) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += (expected[i] - actual[i]) * (expected[i] - actual[i]);
      size += expected[i] * expected[i];
    }
    double relative = Math.sqrt(difference / size);
    assertTrue(relative < tolerance, "relative difference " + relative);
  }

  @Test
  void survivesDl4jsSerialiser(@TempDir Path folder) throws IOException {
    ComputationGraph graph = GraphFactory.create(NETWORK, 3, new Sgd(0.1));
    File file = folder.resolve("graph.zip").toFile();
    ModelSerializer.writeModel(graph, file, true);
    ComputationGraph back = ModelSerializer.restoreComputationGraph(file, true);
    assertEquals(graph.params(), back.params());
    INDArray x = Nd4j.create(gaussian(192, 5), new long[] {1, 3, 8, 8}, 'c');
    INDArray time = GraphFactory.sinusoids(NETWORK, 7);
    assertEquals(graph.output(x, time)[0], back.output(x, time)[0]);
  }
}

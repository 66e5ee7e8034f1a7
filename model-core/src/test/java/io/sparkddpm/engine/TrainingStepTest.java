package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.objective.ItemLosses;
import io.sparkddpm.objective.Objective;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Shape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingStepTest {
  private static final int N = 7;
  private static final Shape SHAPE = Shape.of(2);

  /** y = (a·x, b): two outputs an input value, one parameter each; steps by −g. */
  private static final class Line implements TrainableNetwork {
    private final float[] parameters = {3, 1};
    private final float[] gradient = new float[2];
    private final List<String> calls = new ArrayList<>();
    private NetworkInput input;
    private int first;
    private int end;

    @Override
    public Shape inputShape() {
      return SHAPE;
    }

    @Override
    public Shape outputShape() {
      return Shape.of(4);
    }

    @Override
    public List<NamedTensor> layout() {
      return List.of(new NamedTensor("line", List.of(2), 0));
    }

    @Override
    public void load(TrainingState state) {
      loadParameters(state.parameters());
    }

    @Override
    public void loadParameters(float[] values) {
      System.arraycopy(values, 0, parameters, 0, 2);
    }

    @Override
    public void store(TrainingState state) {
      System.arraycopy(parameters, 0, state.parameters(), 0, 2);
    }

    @Override
    public void read(StateVector vector, int offset, FloatBuffer to) {
      to.put(parameters, offset, to.remaining());
    }

    @Override
    public void forward(Batch x, double[] levels, Condition condition, Batch output) {
      for (int n = 0; n < x.count(); n++) {
        for (int i = 0; i < 2; i++) {
          output.data()[4 * n + i] = parameters[0] * x.data()[2 * n + i];
          output.data()[4 * n + 2 + i] = parameters[1];
        }
      }
    }

    @Override
    public void forward(NetworkInput in, int from, int to, boolean byInput, Batch output) {
      input = in;
      first = from;
      end = to;
      calls.add("forward " + first + ".." + end);
      forward(in.x(), in.levels(), in.condition(), output);
    }

    @Override
    public void backward(Batch outputGradient, boolean add, Batch inputGradient) {
      calls.add(add ? "add" : "set");
      if (!add) {
        gradient[0] = 0;
        gradient[1] = 0;
      }
      for (int n = first; n < end; n++) {
        for (int i = 0; i < 2; i++) {
          gradient[0] += outputGradient.data()[4 * n + i] * input.x().data()[2 * n + i];
          gradient[1] += outputGradient.data()[4 * n + 2 + i];
        }
      }
    }

    @Override
    public double gradientNorm() {
      return Math.hypot(gradient[0], gradient[1]);
    }

    @Override
    public void storeGradient(float[] to) {
      System.arraycopy(gradient, 0, to, 0, 2);
    }

    @Override
    public void loadGradient(float[] from) {
      System.arraycopy(from, 0, gradient, 0, 2);
    }

    @Override
    public void update(double norm) {
      calls.add("update");
      parameters[0] -= gradient[0];
      parameters[1] -= gradient[1];
    }

    @Override
    public void close() {}
  }

  /**
   * Two outputs for each value, as a mean and a spread s: Σ (m − x0)² + (s − u)² with a u of the
   * item's own. It also puts a second evaluation of its own network, a teacher's, beside x0.
   */
  private record MeanAndSpread(Line teacher) implements Objective {
    @Override
    public void checkOutput(Shape data, Shape output) {
      Objective.requireShape(Shape.of(2 * data.dim(0)), output);
    }

    @Override
    public void evaluate(TrainingBatch batch, int first, int end, Batch y, ItemLosses losses) {
      Batch taught = y.like();
      teacher.forward(batch.xt(), batch.input().levels(), batch.condition(), taught);
      for (int n = first; n < end; n++) {
        double u = batch.stream(Purpose.TIMESTEP, n).nextDouble();
        double loss = 0;
        double error = 0;
        double factor = 2.0 * batch.weights()[n] / batch.count();
        for (int i = 0; i < 2; i++) {
          double m = y.data()[4 * n + i] - batch.x0().data()[2 * n + i];
          double s = y.data()[4 * n + 2 + i] - u - taught.data()[4 * n + 2 + i];
          loss += m * m + s * s;
          error += m * m / 2;
          y.data()[4 * n + i] = (float) (factor * m);
          y.data()[4 * n + 2 + i] = (float) (factor * s);
        }
        losses.set(n, loss, error, 0);
      }
    }
  }

  private static TrainingBatch batch() {
    Batch xt = new Batch(N, SHAPE);
    float[] weights = new float[N];
    long[] ids = new long[N];
    for (int i = 0; i < N; i++) {
      xt.data()[2 * i] = i / 8f;
      xt.data()[2 * i + 1] = 1 - i / 4f;
      weights[i] = 1 + i % 3;
      ids[i] = 100L + i;
    }
    NetworkInput input = new NetworkInput(xt, new double[N], Condition.none(N), new long[N]);
    return new TrainingBatch(3, 4, input, xt.like(), xt, ids, weights);
  }

  private static TrainingStep step(Line network, int microBatch) {
    return new TrainingStep(
        network,
        new MeanAndSpread(new Line()),
        OptimizerConfig.DEFAULTS.withMicroBatch(microBatch));
  }

  @Test
  void partsOfABatchAddUpToTheWhole() {
    Line whole = new Line();
    Line parts = new Line();
    float[] expected = new float[2];
    float[] actual = new float[2];
    StepResult one = step(whole, 0).gradient(batch(), expected);
    StepResult many = step(parts, 3).gradient(batch(), actual);
    assertEquals(List.of("forward 0..7", "set"), whole.calls);
    assertEquals(
        List.of("forward 0..2", "set", "forward 2..4", "add", "forward 4..7", "add"), parts.calls);
    assertEquals(one.loss(), many.loss());
    assertEquals(expected[0], actual[0], 1e-6f);
    assertEquals(expected[1], actual[1], 1e-6f);
    double sum = 0;
    for (int n = 0; n < N; n++) {
      sum += batch().weights()[n] * one.items().loss(n);
    }
    assertEquals(sum / N, one.loss(), 1e-12);
    assertEquals(Math.hypot(expected[0], expected[1]), one.gradientNorm(), 1e-7);
  }

  @Test
  void theGradientIsTheSlopeOfTheBatchsLoss() {
    float[] gradient = new float[2];
    step(new Line(), 2).gradient(batch(), gradient);
    for (int i = 0; i < 2; i++) {
      double[] losses = new double[2];
      for (int side = 0; side < 2; side++) {
        Line moved = new Line();
        moved.parameters[i] += side == 0 ? -0.25f : 0.25f;
        losses[side] = step(moved, 0).gradient(batch(), new float[2]).loss();
      }
      assertEquals((losses[1] - losses[0]) / 0.5, gradient[i], 1e-5);
    }
  }

  @Test
  void aStepEndsWithTheUpdate() {
    Line network = new Line();
    TrainingStep step = step(network, 0);
    double before = step.take(batch()).loss();
    assertEquals(List.of("forward 0..7", "set", "update"), network.calls);
    float[] gradient = new float[2];
    new TrainingStep(new Line(), new MeanAndSpread(new Line()), OptimizerConfig.DEFAULTS)
        .gradient(batch(), gradient);
    assertEquals(3 - gradient[0], network.parameters[0]);
    assertEquals(before, step(new Line(), 0).gradient(batch(), gradient).loss());
  }

  @Test
  void anObjectiveOverOtherOutputsIsRefused() {
    assertEquals(
        "the objective takes outputs of shape [3], the network's have [4]",
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    new TrainingStep(
                        new Line(),
                        new FixedTarget(new Batch(N, Shape.of(3))),
                        OptimizerConfig.DEFAULTS))
            .getMessage());
  }
}

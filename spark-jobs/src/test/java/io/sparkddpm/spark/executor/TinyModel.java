package io.sparkddpm.spark.executor;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Shape;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A network of one hidden layer, y = B·tanh(A·[x, t, 1]), with exact gradients and Adam: small, but
 * a real one. Sums are in float, in a fixed order.
 */
public final class TinyModel implements TrainableNetwork {
  static final int HIDDEN = 8;
  private static final double TIME_SCALE = 0.01;

  private final int size;
  private final int outputSize;
  private final OptimizerConfig optimizer;
  private final float[] theta;
  private final float[] m;
  private final float[] v;
  private final float[] gradient;
  private final Shape shape;
  private final Shape outputShape;
  private long step;
  private long momentsSince;
  private NetworkInput passed;
  private int passedFirst;
  private int passedEnd;

  public TinyModel(NetworkConfig network, OptimizerConfig optimizer) {
    this.size = size(network);
    this.optimizer = optimizer;
    this.outputSize = network.outputShape().length();
    int length = HIDDEN * (size + 2) + outputSize * HIDDEN;
    theta = new float[length];
    m = new float[length];
    v = new float[length];
    gradient = new float[length];
    shape = network.inputShape();
    outputShape = network.outputShape();
  }

  private static int size(NetworkConfig network) {
    return network.inputShape().length();
  }

  /** Makes them. */
  public record Factory() implements EngineFactory {
    @Override
    public String name() {
      return "tiny";
    }

    @Override
    public TrainableNetwork create(NetworkConfig network, OptimizerConfig optimizer, int threads) {
      return new TinyModel(network, optimizer);
    }

    @Override
    public List<NamedTensor> layout(NetworkConfig network) {
      return new TinyModel(network, OptimizerConfig.DEFAULTS).layout();
    }

    @Override
    public float[] initialParameters(NetworkConfig network, long seed) {
      int size = size(network);
      float[] theta = new float[HIDDEN * (size + 2) + network.outputShape().length() * HIDDEN];
      RandomStream.of(seed, Purpose.INIT).fillGaussian(theta, 0, theta.length);
      for (int i = 0; i < theta.length; i++) {
        theta[i] *= 0.2f;
      }
      return theta;
    }
  }

  @Override
  public List<NamedTensor> layout() {
    return List.of(
        new NamedTensor("hidden.weight", List.of(HIDDEN, size + 2), 0),
        new NamedTensor("output.weight", List.of(outputSize, HIDDEN), (long) HIDDEN * (size + 2)));
  }

  @Override
  public void load(TrainingState state) {
    loadParameters(state.parameters());
    System.arraycopy(state.firstMoment(), 0, m, 0, m.length);
    System.arraycopy(state.secondMoment(), 0, v, 0, v.length);
    step = state.step();
    momentsSince = state.momentsSince();
  }

  @Override
  public void loadParameters(float[] parameters) {
    System.arraycopy(parameters, 0, theta, 0, theta.length);
  }

  @Override
  public void store(TrainingState state) {
    System.arraycopy(theta, 0, state.parameters(), 0, theta.length);
    System.arraycopy(m, 0, state.firstMoment(), 0, m.length);
    System.arraycopy(v, 0, state.secondMoment(), 0, v.length);
    state.setStep(step);
  }

  @Override
  public void read(StateVector vector, int offset, FloatBuffer to) {
    float[] from =
        switch (vector) {
          case PARAMETERS -> theta;
          case FIRST_MOMENT -> m;
          case SECOND_MOMENT -> v;
        };
    to.put(from, offset, to.remaining());
  }

  @Override
  public void forward(NetworkInput input, int first, int end, boolean byInput, Batch output) {
    passed = input;
    passedFirst = first;
    passedEnd = end;
    float[] one = new float[outputSize];
    for (int i = first; i < end; i++) {
      forward(input.x().data(), i * size, input.levels()[i], new float[HIDDEN], one);
      System.arraycopy(one, 0, output.data(), i * outputSize, outputSize);
    }
  }

  @Override
  public void backward(Batch outputGradient, boolean add, Batch inputGradient) {
    if (!add) {
      Arrays.fill(gradient, 0);
    }
    float[] x = passed.x().data();
    float[] hidden = new float[HIDDEN];
    float[] output = new float[outputSize];
    int out = HIDDEN * (size + 2);
    for (int i = passedFirst; i < passedEnd; i++) {
      int at = i * size;
      forward(x, at, passed.levels()[i], hidden, output);
      float[] hiddenGradient = new float[HIDDEN];
      for (int p = 0; p < outputSize; p++) {
        float d = outputGradient.data()[i * outputSize + p];
        for (int h = 0; h < HIDDEN; h++) {
          gradient[out + p * HIDDEN + h] += d * hidden[h];
          hiddenGradient[h] += d * theta[out + p * HIDDEN + h];
        }
      }
      for (int h = 0; h < HIDDEN; h++) {
        float d = hiddenGradient[h] * (1 - hidden[h] * hidden[h]);
        int row = h * (size + 2);
        for (int p = 0; p < size; p++) {
          gradient[row + p] += d * x[at + p];
        }
        gradient[row + size] += d * (float) (passed.levels()[i] * TIME_SCALE);
        gradient[row + size + 1] += d;
      }
    }
  }

  @Override
  public double gradientNorm() {
    double sum = 0;
    for (float g : gradient) {
      sum += (double) g * g;
    }
    return Math.sqrt(sum);
  }

  @Override
  public void storeGradient(float[] to) {
    System.arraycopy(gradient, 0, to, 0, to.length);
  }

  @Override
  public void loadGradient(float[] from) {
    System.arraycopy(from, 0, gradient, 0, from.length);
  }

  @Override
  public void update(double norm) {
    double scale =
        optimizer.clipNorm() > 0 && norm > optimizer.clipNorm() ? optimizer.clipNorm() / norm : 1;
    double rate = optimizer.schedule().at(step);
    step++;
    double c1 = 1 - Math.pow(optimizer.beta1(), step - momentsSince);
    double c2 = 1 - Math.pow(optimizer.beta2(), step - momentsSince);
    for (int i = 0; i < theta.length; i++) {
      double g = gradient[i] * scale;
      m[i] = (float) (optimizer.beta1() * m[i] + (1 - optimizer.beta1()) * g);
      v[i] = (float) (optimizer.beta2() * v[i] + (1 - optimizer.beta2()) * g * g);
      theta[i] -= (float) (rate * (m[i] / c1) / (Math.sqrt(v[i] / c2) + optimizer.epsilon()));
    }
  }

  private void forward(float[] x, int at, double t, float[] hidden, float[] output) {
    for (int h = 0; h < HIDDEN; h++) {
      int row = h * (size + 2);
      float sum = theta[row + size] * (float) (t * TIME_SCALE) + theta[row + size + 1];
      for (int p = 0; p < size; p++) {
        sum += theta[row + p] * x[at + p];
      }
      hidden[h] = (float) Math.tanh(sum);
    }
    int out = HIDDEN * (size + 2);
    for (int p = 0; p < outputSize; p++) {
      float sum = 0;
      for (int h = 0; h < HIDDEN; h++) {
        sum += theta[out + p * HIDDEN + h] * hidden[h];
      }
      output[p] = sum;
    }
  }

  @Override
  public Shape inputShape() {
    return shape;
  }

  @Override
  public Shape outputShape() {
    return outputShape;
  }

  @Override
  public void forward(Batch xt, double[] timesteps, Condition condition, Batch output) {
    float[] one = new float[outputSize];
    for (int i = 0; i < xt.count(); i++) {
      forward(xt.data(), i * size, timesteps[i], new float[HIDDEN], one);
      System.arraycopy(one, 0, output.data(), i * outputSize, outputSize);
    }
  }

  @Override
  public void close() {}
}

package io.sparkddpm.spark.lab.bench;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Shape;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * An engine whose steps compute nothing but take a fixed time, for measuring what a round costs
 * beside them. It copies the state once, as every engine does when it hands its state out. One
 * thread at a time.
 */
final class EmptyStep implements TrainableNetwork {
  private static final double NANOS = 1e9;

  private final NetworkConfig network;
  private final double seconds;
  private TrainingState loaded;
  private float[] parameters;
  private long step;

  private EmptyStep(NetworkConfig network, double seconds) {
    this.network = network;
    this.seconds = seconds;
  }

  /**
   * Makes them.
   *
   * @param seconds that each step takes, without using a processor
   */
  record Factory(double seconds) implements EngineFactory {
    @Override
    public String name() {
      return "empty";
    }

    @Override
    public TrainableNetwork create(NetworkConfig network, OptimizerConfig optimizer, int threads) {
      return new EmptyStep(network, seconds);
    }
  }

  @Override
  public List<NamedTensor> layout() {
    return network.spec().layout();
  }

  @Override
  public void load(TrainingState state) {
    loaded = state;
    step = state.step();
  }

  @Override
  public void loadParameters(float[] values) {
    parameters = values;
  }

  @Override
  public void store(TrainingState state) {
    copy(loaded.parameters(), state.parameters());
    copy(loaded.firstMoment(), state.firstMoment());
    copy(loaded.secondMoment(), state.secondMoment());
    state.setStep(step);
  }

  @Override
  public void read(StateVector vector, int offset, FloatBuffer to) {
    float[] from =
        switch (vector) {
          case PARAMETERS -> loaded.parameters();
          case FIRST_MOMENT -> loaded.firstMoment();
          case SECOND_MOMENT -> loaded.secondMoment();
        };
    to.put(from, offset, to.remaining());
  }

  private static void copy(float[] from, float[] to) {
    System.arraycopy(from, 0, to, 0, from.length);
  }

  @Override
  public void forward(NetworkInput input, int first, int end, boolean byInput, Batch output) {
    long until = System.nanoTime() + (long) (seconds * NANOS);
    for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  @Override
  public void backward(Batch outputGradient, boolean add, Batch inputGradient) {}

  @Override
  public double gradientNorm() {
    return 0;
  }

  @Override
  public void storeGradient(float[] gradient) {
    copy(parameters, gradient);
    parameters = null;
  }

  @Override
  public void loadGradient(float[] gradient) {}

  @Override
  public void update(double gradientNorm) {
    step++;
  }

  @Override
  public Shape inputShape() {
    return network.inputShape();
  }

  @Override
  public Shape outputShape() {
    return network.outputShape();
  }

  @Override
  public void forward(Batch xt, double[] timesteps, Condition condition, Batch output) {
    throw new UnsupportedOperationException("an empty step predicts nothing");
  }

  @Override
  public void close() {}
}

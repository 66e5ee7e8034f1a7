package io.sparkddpm.spark.sampling;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.spark.training.job.TinyRun;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Shape;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** An engine, until a number of images have been predicted for; then something goes wrong. */
public record FaultyEngine(boolean nan, EngineFactory whole) implements EngineFactory {
  /** Images that may still be predicted for, in this JVM. */
  public static final AtomicLong LEFT = new AtomicLong();

  /** The tiny engine. */
  public FaultyEngine(boolean nan) {
    this(nan, TinyRun.engine());
  }

  @Override
  public String name() {
    return whole.name();
  }

  @Override
  public TrainableNetwork create(NetworkConfig network, OptimizerConfig optimizer, int threads) {
    TrainableNetwork model = whole.create(network, optimizer, threads);
    return new TrainableNetwork() {
      @Override
      public Shape inputShape() {
        return model.inputShape();
      }

      @Override
      public Shape outputShape() {
        return model.outputShape();
      }

      @Override
      public void forward(Batch xt, double[] timesteps, Condition condition, Batch output) {
        model.forward(xt, timesteps, condition, output);
        if (LEFT.addAndGet(-xt.count()) < 0) {
          if (!nan) {
            throw new IllegalStateException("the executor was lost");
          }
          output.data()[0] = Float.NaN;
        }
      }

      @Override
      public List<NamedTensor> layout() {
        return model.layout();
      }

      @Override
      public void load(TrainingState state) {
        model.load(state);
      }

      @Override
      public void loadParameters(float[] parameters) {
        model.loadParameters(parameters);
      }

      @Override
      public void store(TrainingState state) {
        model.store(state);
      }

      @Override
      public void read(StateVector vector, int offset, FloatBuffer to) {
        model.read(vector, offset, to);
      }

      @Override
      public void forward(NetworkInput input, int first, int end, boolean byInput, Batch output) {
        model.forward(input, first, end, byInput, output);
      }

      @Override
      public void backward(Batch outputGradient, boolean add, Batch inputGradient) {
        model.backward(outputGradient, add, inputGradient);
      }

      @Override
      public double gradientNorm() {
        return model.gradientNorm();
      }

      @Override
      public void storeGradient(float[] gradient) {
        model.storeGradient(gradient);
      }

      @Override
      public void loadGradient(float[] gradient) {
        model.loadGradient(gradient);
      }

      @Override
      public void update(double gradientNorm) {
        model.update(gradientNorm);
      }

      @Override
      public void close() {
        model.close();
      }
    };
  }

  @Override
  public List<NamedTensor> layout(NetworkConfig network) {
    return whole.layout(network);
  }

  @Override
  public float[] initialParameters(NetworkConfig network, long seed) {
    return whole.initialParameters(network, seed);
  }
}

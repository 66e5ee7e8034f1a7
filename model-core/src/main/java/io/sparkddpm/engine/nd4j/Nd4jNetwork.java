package io.sparkddpm.engine.nd4j;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.Adam;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.kernels.Profile;
import io.sparkddpm.kernels.Threads;
import io.sparkddpm.layers.LayeredNetwork;
import io.sparkddpm.memory.Floats;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.network.NetworkSpec;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Shape;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network of layers with its gradient, clip and Adam. It is laid out for each batch size when
 * that is first seen, and kept; a steady step allocates nothing off the heap.
 */
final class Nd4jNetwork implements TrainableNetwork {
  /** Layouts kept per direction; a run needs one or two batch sizes. */
  private static final int LAYOUTS = 2;

  private final NetworkSpec spec;
  private final OptimizerConfig optimizer;
  private final Threads threads;
  private final LayeredNetwork.KernelChoice kernels;
  private final Adam adam;
  private final INDArray parameters;
  private INDArray gradients;
  private INDArray firstMoment;
  private INDArray secondMoment;
  private long step;
  private long momentsSince;
  private final Map<Integer, NetworkShares> training = new LinkedHashMap<>(4, 0.75f, true);
  private final Map<Integer, NetworkShares> inference = new LinkedHashMap<>(4, 0.75f, true);
  private final Profile profile;

  /** Of the last forward pass of training, until its gradient is taken. */
  private NetworkShares passed;

  private int passedFirst;

  /**
   * @param profile takes the time of each kind of layer
   */
  Nd4jNetwork(
      NetworkSpec spec,
      OptimizerConfig optimizer,
      int threads,
      LayeredNetwork.KernelChoice kernels,
      Profile profile) {
    this.profile = profile;
    this.spec = spec;
    this.optimizer = optimizer;
    this.threads = new Threads(threads);
    this.kernels = kernels;
    this.adam =
        kernels == LayeredNetwork.KernelChoice.VECTOR
            ? new VectorAdam(optimizer, this.threads)
            : new NativeAdam(optimizer);
    this.parameters = vector();
  }

  private INDArray vector() {
    INDArray vector = Nd4j.createUninitializedDetached(DataType.FLOAT, spec.parameterCount());
    vector.assign(0);
    return vector;
  }

  private void prepareTraining() {
    if (gradients == null) {
      gradients = vector();
      firstMoment = vector();
      secondMoment = vector();
    }
  }

  private NetworkShares network(int batch, boolean forTraining) {
    Map<Integer, NetworkShares> networks = forTraining ? training : inference;
    NetworkShares network = networks.get(batch);
    if (network == null) {
      if (networks.size() == LAYOUTS) {
        Integer eldest = networks.keySet().iterator().next();
        networks.remove(eldest).close();
      }
      network =
          new NetworkShares(
              spec,
              parameters,
              forTraining ? gradients : null,
              optimizer.microBatch() > 0,
              batch,
              kernels,
              threads,
              profile);
      networks.put(batch, network);
    }
    return network;
  }

  @Override
  public List<NamedTensor> layout() {
    return spec.layout();
  }

  @Override
  public void load(TrainingState state) {
    prepareTraining();
    Floats.copy(state.parameters(), parameters);
    Floats.copy(state.firstMoment(), firstMoment);
    Floats.copy(state.secondMoment(), secondMoment);
    step = state.step();
    momentsSince = state.momentsSince();
  }

  @Override
  public void loadParameters(float[] values) {
    Floats.copy(values, parameters);
  }

  @Override
  public void store(TrainingState state) {
    prepareTraining();
    Floats.copy(parameters, state.parameters());
    Floats.copy(firstMoment, state.firstMoment());
    Floats.copy(secondMoment, state.secondMoment());
    state.setStep(step);
  }

  @Override
  public void read(StateVector vector, int offset, FloatBuffer to) {
    prepareTraining();
    INDArray from =
        switch (vector) {
          case PARAMETERS -> parameters;
          case FIRST_MOMENT -> firstMoment;
          case SECOND_MOMENT -> secondMoment;
        };
    Floats.copy(from, offset, to);
  }

  @Override
  public Shape inputShape() {
    return spec.inputShape();
  }

  @Override
  public Shape outputShape() {
    return spec.outputShape();
  }

  @Override
  public void forward(Batch xt, double[] levels, Condition condition, Batch output) {
    checkShapes(xt, output);
    network(xt.count(), false).forward(xt, 0, levels, condition, null, output.data());
  }

  @Override
  public void forward(NetworkInput input, int first, int end, boolean byInput, Batch output) {
    checkShapes(input.x(), output);
    prepareTraining();
    passed = network(end - first, true);
    passedFirst = first;
    passed.forward(
        input.x(), first, input.levels(), input.condition(), input.dropoutKeys(), output.data());
  }

  /** The gradient by x comes with that by the parameters, whether asked for or not. */
  @Override
  public void backward(Batch outputGradient, boolean add, Batch inputGradient) {
    checkState(passed != null, "there was no forward pass to take the gradient of");
    outputGradient.checkShape("outputGradient", spec.outputShape());
    passed.backward(outputGradient.data(), outputGradient.offset(passedFirst), add);
    if (inputGradient != null) {
      inputGradient.checkShape("inputGradient", spec.inputShape());
      passed.inputGradient(inputGradient.data(), inputGradient.offset(passedFirst));
    }
    passed = null;
  }

  @Override
  public double gradientNorm() {
    long start = System.nanoTime();
    double norm = adam.norm(gradients);
    profile.since(start, LayerKind.OPTIMIZER);
    return norm;
  }

  @Override
  public void storeGradient(float[] gradient) {
    Floats.copy(gradients, gradient);
  }

  @Override
  public void loadGradient(float[] gradient) {
    prepareTraining();
    Floats.copy(gradient, gradients);
  }

  @Override
  public void update(double gradientNorm) {
    long start = System.nanoTime();
    adam.step(
        parameters,
        gradients,
        firstMoment,
        secondMoment,
        Adam.clipFactor(optimizer, gradientNorm),
        Adam.rate(optimizer, step, momentsSince));
    step++;
    profile.since(start, LayerKind.OPTIMIZER);
  }

  @Override
  public void close() {
    training.values().forEach(NetworkShares::close);
    inference.values().forEach(NetworkShares::close);
    training.clear();
    inference.clear();
    threads.close();
    for (INDArray vector : new INDArray[] {parameters, gradients, firstMoment, secondMoment}) {
      if (vector != null && vector.closeable()) {
        vector.close();
      }
    }
  }
}

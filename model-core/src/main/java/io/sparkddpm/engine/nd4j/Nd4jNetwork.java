package io.sparkddpm.engine.nd4j;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.Adam;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.StepResult;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.kernels.Profile;
import io.sparkddpm.kernels.Threads;
import io.sparkddpm.layers.UNet;
import io.sparkddpm.memory.Floats;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Shape;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The U-Net with its gradient, clip and Adam. A network is laid out for each batch size when it is
 * first seen and kept; a steady step allocates nothing off the heap.
 */
final class Nd4jNetwork implements TrainableNetwork {
  /** Layouts kept per direction; a run needs one or two batch sizes. */
  private static final int LAYOUTS = 2;

  private final NetworkConfig config;
  private final OptimizerConfig optimizer;
  private final Threads threads;
  private final UNet.KernelChoice kernels;
  private final Adam adam;
  private final INDArray parameters;
  private INDArray gradients;
  private INDArray firstMoment;
  private INDArray secondMoment;
  private long step;
  private final Map<Integer, NetworkShares> training = new LinkedHashMap<>(4, 0.75f, true);
  private final Map<Integer, NetworkShares> inference = new LinkedHashMap<>(4, 0.75f, true);
  private final Profile profile;
  private float[] difference = {};

  /**
   * @param profile takes the time of each kind of layer
   */
  Nd4jNetwork(
      NetworkConfig config,
      OptimizerConfig optimizer,
      int threads,
      UNet.KernelChoice kernels,
      Profile profile) {
    this.profile = profile;
    this.config = config;
    this.optimizer = optimizer;
    this.threads = new Threads(threads);
    this.kernels = kernels;
    this.adam =
        kernels == UNet.KernelChoice.VECTOR
            ? new VectorAdam(optimizer, this.threads)
            : new NativeAdam(optimizer);
    this.parameters = vector();
  }

  private INDArray vector() {
    INDArray vector =
        Nd4j.createUninitializedDetached(DataType.FLOAT, config.spec().parameterCount());
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
              config,
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
    return config.spec().layout();
  }

  @Override
  public void load(TrainingState state) {
    prepareTraining();
    Floats.copy(state.parameters(), parameters);
    Floats.copy(state.firstMoment(), firstMoment);
    Floats.copy(state.secondMoment(), secondMoment);
    step = state.step();
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
    return config.inputShape();
  }

  @Override
  public Shape outputShape() {
    return config.outputShape();
  }

  @Override
  public void forward(Batch xt, double[] levels, Condition condition, Batch output) {
    xt.checkShape("xt", config.inputShape());
    output.checkShape("output", config.outputShape());
    network(xt.count(), false).forward(xt, 0, levels, null, output.data());
  }

  @Override
  public StepResult step(TrainingBatch batch) {
    StepResult result = backpropagate(batch);
    update(result.gradientNorm());
    return result;
  }

  @Override
  public StepResult gradient(TrainingBatch batch, float[] gradient) {
    StepResult result = backpropagate(batch);
    Floats.copy(gradients, gradient);
    return result;
  }

  @Override
  public void apply(float[] gradient) {
    prepareTraining();
    Floats.copy(gradient, gradients);
    update(adam.norm(gradients));
  }

  private void update(double norm) {
    long start = System.nanoTime();
    adam.step(
        parameters,
        gradients,
        firstMoment,
        secondMoment,
        Adam.clipFactor(optimizer, norm),
        Adam.rate(optimizer, step));
    step++;
    profile.since(start, LayerKind.OPTIMIZER);
  }

  private static double[] levels(TrainingBatch batch) {
    return Arrays.stream(batch.timesteps()).asDoubleStream().toArray();
  }

  private StepResult backpropagate(TrainingBatch batch) {
    Batch xt = batch.xt();
    Batch target = batch.target();
    xt.checkShape("xt", config.inputShape());
    target.checkShape("target", config.outputShape());
    prepareTraining();
    if (difference.length != target.data().length) {
      difference = new float[target.data().length];
    }
    float[] imageLosses = new float[xt.count()];
    double loss = 0;
    int parts = parts(xt.count());
    for (int part = 0; part < parts; part++) {
      int first = (int) ((long) part * xt.count() / parts);
      int end = (int) ((part + 1L) * xt.count() / parts);
      NetworkShares network = network(end - first, true);
      network.forward(xt, first, levels(batch), batch.dropoutKeys(), difference);
      long start = System.nanoTime();
      for (int n = first; n < end; n++) {
        loss += lossAndItsGradient(difference, target, batch.weights()[n], n, imageLosses);
      }
      profile.since(start, LayerKind.LOSS);
      network.backward(difference, target.offset(first), part > 0);
    }
    long start = System.nanoTime();
    double norm = adam.norm(gradients);
    profile.since(start, LayerKind.OPTIMIZER);
    return new StepResult(loss / xt.count(), imageLosses, norm);
  }

  private int parts(int images) {
    int most = optimizer.microBatch() == 0 ? images : optimizer.microBatch();
    return (images + most - 1) / most;
  }

  /**
   * An image's mean squared error and its gradient.
   *
   * @param prediction receives, in the image's place, the gradient of the mean loss by itself
   * @param imageLosses receives the image's mean squared error
   * @return weight times error
   */
  private static double lossAndItsGradient(
      float[] prediction, Batch target, float weight, int image, float[] imageLosses) {
    int length = target.itemLength();
    float factor = 2f * weight / ((float) length * target.count());
    double sum = 0;
    for (int i = target.offset(image); i < target.offset(image) + length; i++) {
      float d = prediction[i] - target.data()[i];
      sum += (double) d * d;
      prediction[i] = factor * d;
    }
    imageLosses[image] = (float) (sum / length);
    return weight * sum / length;
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

package io.sparkddpm.torch;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.Adam;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.StepResult;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.kernels.Threads;
import io.sparkddpm.layers.TimeEmbedding;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.objective.TrainingBatch;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Shape;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;

/**
 * The U-Net with LibTorch's gradient, and the clip and Adam of the default engine over the same
 * flat vectors: parameters are views of one, their gradients of another. What a step allocates is
 * freed at its end.
 */
final class TorchNetwork implements TrainableNetwork {
  private final LibTorch library;
  private final NetworkConfig config;
  private final OptimizerConfig optimizer;
  private final List<NamedTensor> layout;
  private final int length;
  private final FlatVector parameters;
  private final Map<String, Tensor> views = new HashMap<>();
  private final Threads threads;
  private final TorchUNet network;
  private final TorchAdam adam;
  private FlatVector gradients;
  private FlatVector firstMoment;
  private FlatVector secondMoment;
  private long step;

  TorchNetwork(NetworkConfig config, OptimizerConfig optimizer, LibTorch library) {
    this.library = library;
    this.config = config;
    this.optimizer = optimizer;
    this.layout = config.spec().layout();
    this.length = Math.toIntExact(config.spec().parameterCount());
    this.adam = new TorchAdam(optimizer);
    library.enter();
    this.parameters = new FlatVector(library, length);
    for (NamedTensor tensor : layout) {
      views.put(tensor.name(), parameters.view(tensor));
    }
    this.threads = new Threads(library.threads());
    this.network = new TorchUNet(library, (io.sparkddpm.network.UNetConfig) config, threads, views);
  }

  /** Gives every parameter a gradient of its own, which the backward pass adds to. */
  private void prepareTraining() {
    if (gradients != null) {
      return;
    }
    gradients = new FlatVector(library, length);
    firstMoment = new FlatVector(library, length);
    secondMoment = new FlatVector(library, length);
    try (PointerScope scope = new PointerScope()) {
      for (NamedTensor tensor : layout) {
        Tensor parameter = views.get(tensor.name());
        parameter.set_requires_grad(true);
        parameter.mutable_grad().put(gradients.part(tensor));
      }
    }
  }

  @Override
  public List<NamedTensor> layout() {
    return layout;
  }

  @Override
  public void load(TrainingState state) {
    prepareTraining();
    parameters.write(state.parameters());
    firstMoment.write(state.firstMoment());
    secondMoment.write(state.secondMoment());
    step = state.step();
  }

  @Override
  public void loadParameters(float[] values) {
    parameters.write(values);
  }

  @Override
  public void store(TrainingState state) {
    prepareTraining();
    parameters.read(state.parameters());
    firstMoment.read(state.firstMoment());
    secondMoment.read(state.secondMoment());
    state.setStep(step);
  }

  @Override
  public void read(StateVector vector, int offset, FloatBuffer to) {
    prepareTraining();
    FlatVector from =
        switch (vector) {
          case PARAMETERS -> parameters;
          case FIRST_MOMENT -> firstMoment;
          case SECOND_MOMENT -> secondMoment;
        };
    from.read(offset, to);
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
    library.enter();
    try (PointerScope scope = new PointerScope();
        AutoGradMode off = new AutoGradMode(false)) {
      Tensor prediction = forward(xt, 0, xt.count(), levels, null);
      library.read(prediction, output.data(), 0, output.data().length);
    }
  }

  /** Predicts for the images [first, end). */
  private Tensor forward(Batch xt, int first, int end, double[] levels, long[] keys) {
    int width = ((io.sparkddpm.network.UNetConfig) config).channels();
    float[] rows = new float[(end - first) * width];
    for (int n = first; n < end; n++) {
      TimeEmbedding.sinusoid(levels[n], width, rows, (n - first) * width);
    }
    Tensor x = upload(xt, first, end);
    Tensor sinusoids = library.upload(rows, 0, end - first, width);
    library.beginProducts();
    try {
      return network.forward(x, sinusoids, keys);
    } finally {
      library.endProducts();
    }
  }

  private Tensor upload(Batch images, int first, int end) {
    return library.upload(
        images.data(),
        images.offset(first),
        end - first,
        images.channels(),
        images.height(),
        images.width());
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
    gradients.read(gradient);
    return result;
  }

  @Override
  public void apply(float[] gradient) {
    prepareTraining();
    library.enter();
    gradients.write(gradient);
    update(gradients.norm());
  }

  private void update(double norm) {
    double factor = Adam.clipFactor(optimizer, norm);
    double rate = Adam.rate(optimizer, step);
    adam.step(parameters, gradients, firstMoment, secondMoment, factor, rate);
    step++;
  }

  private static double[] levels(TrainingBatch batch) {
    return Arrays.stream(batch.timesteps()).asDoubleStream().toArray();
  }

  private StepResult backpropagate(TrainingBatch batch) {
    Batch xt = batch.xt();
    xt.checkShape("xt", config.inputShape());
    batch.target().checkShape("target", config.outputShape());
    prepareTraining();
    library.enter();
    gradients.zero();
    float[] imageLosses = new float[xt.count()];
    int most = optimizer.microBatch() == 0 ? xt.count() : optimizer.microBatch();
    int parts = (xt.count() + most - 1) / most;
    for (int part = 0; part < parts; part++) {
      int first = (int) ((long) part * xt.count() / parts);
      int end = (int) ((part + 1L) * xt.count() / parts);
      backpropagate(batch, first, end, imageLosses);
    }
    double loss = 0;
    for (int n = 0; n < xt.count(); n++) {
      loss += (double) batch.weights()[n] * imageLosses[n];
    }
    return new StepResult(loss / xt.count(), imageLosses, gradients.norm());
  }

  /** Adds the gradient of the images [first, end) and notes their losses. */
  private void backpropagate(TrainingBatch batch, int first, int end, float[] imageLosses) {
    int images = end - first;
    float[] shares = new float[images];
    for (int n = 0; n < images; n++) {
      shares[n] = batch.weights()[first + n] / batch.xt().count();
    }
    long[] keys = Arrays.copyOfRange(batch.dropoutKeys(), first, end);
    try (PointerScope scope = new PointerScope();
        AutoGradMode on = new AutoGradMode(true)) {
      Tensor prediction = forward(batch.xt(), first, end, levels(batch), keys);
      Tensor difference = prediction.sub(upload(batch.target(), first, end));
      Tensor errors = difference.square().flatten(1, -1).mean(1);
      errors.mul(library.upload(shares, 0, images)).sum().backward();
      library.read(errors.detach(), imageLosses, first, images);
    }
  }

  @Override
  public void close() {
    threads.close();
    views.values().forEach(Tensor::close);
    views.clear();
    for (FlatVector vector : new FlatVector[] {parameters, gradients, firstMoment, secondMoment}) {
      if (vector != null) {
        vector.close();
      }
    }
  }
}

package io.sparkddpm.torch;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.Adam;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.StateVector;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.kernels.Threads;
import io.sparkddpm.network.NetworkInput;
import io.sparkddpm.network.NetworkSpec;
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
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;

/**
 * A network with LibTorch's gradient, and the clip and Adam of the default engine over the same
 * flat vectors: parameters are views of one, their gradients of another. What a step allocates is
 * freed at its end.
 */
final class TorchNetwork implements TrainableNetwork {
  private final LibTorch library;
  private final NetworkSpec spec;
  private final OptimizerConfig optimizer;
  private final int length;
  private final FlatVector parameters;
  private final Map<String, Tensor> views = new HashMap<>();
  private final Threads threads;
  private final TorchLayers layers;
  private final TorchAdam adam;
  private FlatVector gradients;
  private FlatVector firstMoment;
  private FlatVector secondMoment;
  private long step;
  private long momentsSince;

  /** Output of the last forward pass of training, with the graph that its gradient needs. */
  private Tensor passed;

  /** The input of that pass, if its gradient was asked for. */
  private Tensor passedInput;

  private int passedFirst;
  private int passedItems;

  TorchNetwork(NetworkSpec spec, OptimizerConfig optimizer, LibTorch library) {
    this.library = library;
    this.spec = spec;
    this.optimizer = optimizer;
    this.length = Math.toIntExact(spec.parameterCount());
    this.adam = new TorchAdam(optimizer);
    library.enter();
    this.parameters = new FlatVector(library, length);
    for (NamedTensor tensor : spec.layout()) {
      views.put(tensor.name(), parameters.view(tensor));
    }
    this.threads = new Threads(library.threads());
    this.layers = new TorchLayers(spec, new TorchOps(library, threads, views));
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
      for (NamedTensor tensor : spec.layout()) {
        Tensor parameter = views.get(tensor.name());
        parameter.set_requires_grad(true);
        parameter.mutable_grad().put(gradients.part(tensor));
      }
    }
  }

  @Override
  public List<NamedTensor> layout() {
    return spec.layout();
  }

  @Override
  public void load(TrainingState state) {
    prepareTraining();
    parameters.write(state.parameters());
    firstMoment.write(state.firstMoment());
    secondMoment.write(state.secondMoment());
    step = state.step();
    momentsSince = state.momentsSince();
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
    return spec.inputShape();
  }

  @Override
  public Shape outputShape() {
    return spec.outputShape();
  }

  @Override
  public void forward(Batch xt, double[] levels, Condition condition, Batch output) {
    checkShapes(xt, output);
    library.enter();
    try (PointerScope scope = new PointerScope();
        AutoGradMode off = new AutoGradMode(false)) {
      Tensor prediction = predict(upload(xt, 0, xt.count()), 0, levels, condition, null);
      library.read(prediction, output.data(), 0, output.data().length);
    }
  }

  /** Predicts for {@code x}, which holds the images of a batch from {@code first} on. */
  private Tensor predict(Tensor x, int first, double[] levels, Condition condition, long[] keys) {
    int images = Math.toIntExact(x.size(0));
    int[] labels = new int[images];
    for (int n = 0; n < images; n++) {
      labels[n] = condition.label(first + n);
    }
    TorchPass pass = new TorchPass(Arrays.copyOfRange(levels, first, first + images), labels, keys);
    library.beginProducts();
    try {
      return layers.forward(x, pass);
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
  public void forward(NetworkInput input, int first, int end, boolean byInput, Batch output) {
    checkShapes(input.x(), output);
    prepareTraining();
    forgetPass();
    library.enter();
    long[] keys = Arrays.copyOfRange(input.dropoutKeys(), first, end);
    try (PointerScope scope = new PointerScope();
        AutoGradMode on = new AutoGradMode(true)) {
      Tensor x = upload(input.x(), first, end);
      if (byInput) {
        x.set_requires_grad(true);
        passedInput = x.retainReference();
      }
      passed = predict(x, first, input.levels(), input.condition(), keys).retainReference();
      passedFirst = first;
      passedItems = end - first;
      int from = output.offset(first);
      library.read(passed.detach(), output.data(), from, passedItems * output.itemLength());
    }
  }

  @Override
  public void backward(Batch outputGradient, boolean add, Batch inputGradient) {
    checkState(passed != null, "there was no forward pass to take the gradient of");
    checkState(
        inputGradient == null || passedInput != null,
        "the forward pass was not asked for the gradient by its input");
    outputGradient.checkShape("outputGradient", spec.outputShape());
    library.enter();
    if (!add) {
      gradients.zero();
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor gradient = upload(outputGradient, passedFirst, passedFirst + passedItems);
      passed.backward(gradient, new BoolOptional(), false, new TensorArrayRefOptional());
      if (inputGradient != null) {
        inputGradient.checkShape("inputGradient", spec.inputShape());
        library.read(
            passedInput.grad(),
            inputGradient.data(),
            inputGradient.offset(passedFirst),
            passedItems * inputGradient.itemLength());
      }
    } finally {
      forgetPass();
    }
  }

  private void forgetPass() {
    for (Tensor tensor : new Tensor[] {passed, passedInput}) {
      if (tensor != null) {
        tensor.close();
      }
    }
    passed = null;
    passedInput = null;
  }

  @Override
  public double gradientNorm() {
    library.enter();
    return gradients.norm();
  }

  @Override
  public void storeGradient(float[] gradient) {
    gradients.read(gradient);
  }

  @Override
  public void loadGradient(float[] gradient) {
    prepareTraining();
    library.enter();
    gradients.write(gradient);
  }

  @Override
  public void update(double gradientNorm) {
    library.enter();
    double factor = Adam.clipFactor(optimizer, gradientNorm);
    double rate = Adam.rate(optimizer, step, momentsSince);
    adam.step(parameters, gradients, firstMoment, secondMoment, factor, rate);
    step++;
  }

  @Override
  public void close() {
    forgetPass();
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

package io.sparkddpm.torch;

import io.sparkddpm.statistics.inception.InceptionGraph.Convolution;
import io.sparkddpm.statistics.inception.InceptionProgram.Step;
import io.sparkddpm.statistics.inception.InceptionProgram.View;
import io.sparkddpm.statistics.inception.InceptionRun;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * The program's steps as LibTorch's operations, channels last, without a gradient. A slot holds the
 * tensor that was last put there; what it held before is freed at once.
 */
final class TorchInceptionRun implements InceptionRun {
  private static final long[] POOL = {3, 3};
  private static final long[] ONE = {1, 1};
  private static final long[] TWO = {2, 2};
  private static final long[] NONE = {0, 0};

  private final LibTorch library;
  private final TorchInceptionWeights weights;
  private final List<Step> steps;
  private final int batch;
  private final View input;
  private final float[] pixels;
  private final Map<Integer, Tensor> slots = new HashMap<>();

  TorchInceptionRun(LibTorch library, TorchInceptionWeights weights, List<Step> steps, int batch) {
    this.library = library;
    this.weights = weights;
    this.steps = steps;
    this.batch = batch;
    this.input = weights.network().program().input();
    this.pixels = new float[Math.multiplyExact(batch, input.imageLength())];
  }

  @Override
  public void put(int image, float[] values) {
    System.arraycopy(values, 0, pixels, image * values.length, values.length);
  }

  @Override
  public void run(int index) {
    Step step = steps.get(index);
    try (PointerScope scope = new PointerScope();
        InferenceMode mode = new InferenceMode(true)) {
      if (index == 0) {
        library.enter();
        Tensor images =
            library.upload(pixels, 0, batch, input.channels(), input.height(), input.width());
        hold(input.slot(), images.contiguous(MemoryFormat.ChannelsLast));
      }
      Tensor x = slots.get(step.in().slot());
      put(
          step.out(),
          switch (step.kind()) {
            case CONVOLUTION -> convolution(step.kernel(), x);
            case MAX_POOL_HALF -> torch.max_pool2d(x, POOL, TWO, NONE, ONE, false);
            case MAX_POOL_SAME -> torch.max_pool2d(x, POOL, ONE, ONE, ONE, false);
            case MEAN_POOL_SAME ->
                torch.avg_pool2d(x, POOL, ONE, ONE, false, false, new LongOptional());
            case COPY -> x;
          });
    }
  }

  private Tensor convolution(String name, Tensor x) {
    Convolution shape = weights.network().shape(name);
    TorchInceptionWeights.Kernel kernel = weights.kernel(name);
    long[] padding = shape.same() ? new long[] {shape.height() / 2, shape.width() / 2} : NONE;
    long[] stride = {shape.stride(), shape.stride()};
    Tensor y =
        torch.conv2d(
            x, kernel.weights(), new TensorOptional(kernel.bias()), stride, padding, ONE, 1);
    torch.relu_(y); // what it returns is no tensor of its own
    return y;
  }

  /** In the slot as it is, or among the channels of the tensor that is being put together there. */
  private void put(View view, Tensor result) {
    if (view.channels() == view.total()) {
      hold(view.slot(), result);
      return;
    }
    if (view.from() == 0) {
      hold(
          view.slot(), library.emptyChannelsLast(batch, view.total(), view.height(), view.width()));
    }
    slots.get(view.slot()).narrow(1, view.from(), view.channels()).copy_(result);
  }

  private void hold(int slot, Tensor tensor) {
    Tensor before = slots.put(slot, tensor.retainReference());
    if (before != null) {
      before.close();
    }
  }

  /** Whole planes of a channel, one after the other. */
  @Override
  public int block(View view) {
    return 1;
  }

  @Override
  public void read(View view, int image, int channels, float[] target) {
    try (PointerScope scope = new PointerScope();
        InferenceMode mode = new InferenceMode(true)) {
      Tensor planes = slots.get(view.slot()).select(0, image).narrow(0, view.from(), channels);
      library.read(planes, target, 0, channels * view.height() * view.width());
    }
  }

  @Override
  public void close() {
    slots.values().forEach(Tensor::close);
    slots.clear();
  }
}

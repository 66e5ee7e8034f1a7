package io.sparkddpm.fid.network;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.fid.ExtractorIdentity;
import io.sparkddpm.fid.FeatureExtractor;
import io.sparkddpm.fid.FeatureLayer;
import io.sparkddpm.fid.Tf1BilinearResize;
import io.sparkddpm.fid.network.InceptionProgram.Step;
import io.sparkddpm.fid.network.InceptionProgram.View;
import io.sparkddpm.fid.network.InceptionWeights.Kernel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMax;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Inception-v3 of 2015-12-05 as FID uses it (Heusel et al. 2017): images resized to 299×299 in
 * TensorFlow 1's way, scaled by (x − 128)/128, and run as far as the deepest layer asked for.
 *
 * <p>All native memory is planned at construction: about 11 MB per image of a batch, besides the
 * shared {@link InceptionWeights}. One thread at a time.
 */
public final class InceptionV3 implements FeatureExtractor {
  /** Batch that keeps the buffers near the caches; larger ones are not faster. */
  public static final int DEFAULT_BATCH = 8;

  private final InceptionWeights weights;
  private final List<InceptionLayer> wanted;
  private final List<FeatureLayer> layers;
  private final int batch;
  private final InceptionProgram program;
  private final List<Step> steps;
  private final Map<Integer, INDArray> slots = new HashMap<>();
  private final Map<Integer, List<Runnable>> plans = new HashMap<>();
  private final float[] image =
      new float[3 * InceptionProgram.INPUT_SIZE * InceptionProgram.INPUT_SIZE];
  private final INDArray pooled;
  private final INDArray logits;
  private Tf1BilinearResize resize = new Tf1BilinearResize(32, 32, InceptionProgram.INPUT_SIZE);

  /**
   * An extractor over shared weights.
   *
   * @param wanted the layers to give, in that order
   * @param batch most images in one pass
   */
  public InceptionV3(InceptionWeights weights, List<InceptionLayer> wanted, int batch) {
    checkArgument(!wanted.isEmpty(), "at least one layer must be asked for");
    checkArgument(batch >= 1, "batch must be at least 1, got %d", batch);
    this.weights = weights;
    this.wanted = List.copyOf(wanted);
    this.batch = batch;
    this.layers = wanted.stream().map(l -> l.describe(weights.graph().hasPublishedSize())).toList();
    this.program = InceptionProgram.of(weights);
    Set<String> taps = new HashSet<>();
    for (InceptionLayer layer : wanted) {
      taps.add(layer == InceptionLayer.LOGITS ? InceptionLayer.L2048.tap() : layer.tap());
    }
    this.steps = program.stepsUntil(taps);
    boolean classify = wanted.contains(InceptionLayer.LOGITS);
    try (MemoryWorkspace detached = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      InceptionProgram.slotLengths(program.input(), steps)
          .forEach(
              (slot, length) ->
                  slots.put(
                      slot,
                      Nd4j.createUninitialized(
                          DataType.FLOAT, Math.multiplyExact(length, (long) batch))));
      this.pooled = classify ? Nd4j.createUninitialized(DataType.FLOAT, batch * 2048L) : null;
      this.logits = classify ? Nd4j.createUninitialized(DataType.FLOAT, batch * 1008L) : null;
    }
  }

  @Override
  public ExtractorIdentity identity() {
    return weights.graph().identity();
  }

  @Override
  public List<FeatureLayer> layers() {
    return layers;
  }

  @Override
  public int preferredBatch() {
    return batch;
  }

  @Override
  public float[][] extract(byte[] pixels, int count, int height, int width) {
    checkArgument(
        pixels.length >= (long) count * height * width * 3,
        "%d images of %dx%dx3 do not fit %d bytes",
        count,
        height,
        width,
        pixels.length);
    if (!resize.takes(height, width)) {
      resize = new Tf1BilinearResize(height, width, InceptionProgram.INPUT_SIZE);
    }
    float[][] features = new float[wanted.size()][];
    for (int i = 0; i < features.length; i++) {
      features[i] = new float[Math.multiplyExact(count, wanted.get(i).dimension())];
    }
    for (int from = 0; from < count; from += batch) {
      int n = Math.min(batch, count - from);
      FloatPointer input = pointer(slots.get(program.input().slot()));
      for (int i = 0; i < n; i++) {
        resize.resize(pixels, (from + i) * height * width * 3, -128f, 0.0078125f, image);
        input.position((long) i * image.length).put(image, 0, image.length);
      }
      run(n, features, from);
    }
    return features;
  }

  private void run(int n, float[][] features, int from) {
    try (MemoryWorkspace detached = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      int at = 0;
      for (Runnable step : plans.computeIfAbsent(n, this::plan)) {
        step.run();
        at++;
        for (int i = 0; i < wanted.size(); i++) {
          if (wanted.get(i) != InceptionLayer.LOGITS
              && program.tapStep(wanted.get(i).tap()) == at) {
            read(wanted.get(i), n, features[i], from);
          }
        }
      }
      int classes = wanted.indexOf(InceptionLayer.LOGITS);
      if (classes >= 0) {
        classify(n, features[classes], from);
      }
    }
  }

  private void read(InceptionLayer layer, int n, float[] features, int from) {
    View view = program.tap(layer.tap());
    if (layer == InceptionLayer.SPATIAL) {
      spatial(view.channels(0, 7), n, features, from);
    } else {
      mean(view, n, features, from * layer.dimension());
    }
  }

  /** Means over height and width, summed in double. */
  private void mean(View view, int n, float[] target, int offset) {
    FloatPointer source = pointer(slots.get(view.slot()));
    int area = view.height() * view.width();
    float[] values = new float[view.imageLength()];
    for (int i = 0; i < n; i++) {
      source.position((long) i * values.length).get(values, 0, values.length);
      for (int c = 0; c < view.channels(); c++) {
        double sum = 0;
        for (int p = c * area; p < (c + 1) * area; p++) {
          sum += values[p];
        }
        target[offset + i * view.channels() + c] = (float) (sum / area);
      }
    }
  }

  /** [C, H, W] to [H, W, C]. */
  private void spatial(View view, int n, float[] target, int from) {
    FloatPointer source = pointer(slots.get(view.slot()));
    int area = view.height() * view.width();
    int channels = view.channels();
    float[] values = new float[channels * area];
    for (int i = 0; i < n; i++) {
      source.position((long) i * view.imageLength()).get(values, 0, values.length);
      for (int c = 0; c < channels; c++) {
        for (int p = 0; p < area; p++) {
          target[(from + i) * channels * area + p * channels + c] = values[c * area + p];
        }
      }
    }
  }

  private void classify(int n, float[] target, int from) {
    View last = program.tap(InceptionLayer.L2048.tap());
    float[] means = new float[n * last.channels()];
    mean(last, n, means, 0);
    pointer(pooled).put(means, 0, means.length);
    Kernel kernel = weights.kernel("logits");
    INDArray in = part(pooled, new View(0, 0, 2048, 2048, 1, 1), n);
    INDArray out = part(logits, new View(0, 0, 1008, 1008, 1, 1), n);
    Nd4j.exec(convolution(kernel, in, out));
    pointer(logits).get(target, from * 1008, n * 1008);
  }

  private static FloatPointer pointer(INDArray array) {
    return new FloatPointer(array.data().pointer());
  }

  /** The operations for n images, bound to their buffers. */
  private List<Runnable> plan(int n) {
    List<Runnable> plan = new ArrayList<>();
    for (Step step : steps) {
      INDArray in = part(slots.get(step.in().slot()), step.in(), n);
      INDArray out = part(slots.get(step.out().slot()), step.out(), n);
      switch (step.kind()) {
        case CONVOLUTION -> {
          CustomOp op = convolution(weights.kernel(step.kernel()), in, out);
          plan.add(() -> Nd4j.exec(op));
        }
        case RELU -> {
          Op op = new ScalarMax(in, null, in, 0f);
          plan.add(() -> Nd4j.getExecutioner().exec(op));
        }
        case MAX_POOL_HALF -> {
          FloatPointer from = pointer(slots.get(step.in().slot()));
          FloatPointer to = pointer(slots.get(step.out().slot()));
          plan.add(new HalvingMaxPool(step.in(), from, step.out(), to, n));
        }
        case MAX_POOL_SAME -> plan.add(pool("maxpool2d", in, out));
        case MEAN_POOL_SAME -> plan.add(pool("avgpool2d", in, out));
        default -> throw new IllegalStateException("unknown step " + step);
      }
    }
    return plan;
  }

  private static INDArray part(INDArray slot, View view, int n) {
    INDArray whole =
        slot.get(NDArrayIndex.interval(0, (long) n * view.imageLength()))
            .reshape('c', n, view.total(), view.height(), view.width());
    if (view.channels() == view.total()) {
      return whole;
    }
    return whole.get(
        NDArrayIndex.all(),
        NDArrayIndex.interval(view.from(), view.from() + view.channels()),
        NDArrayIndex.all(),
        NDArrayIndex.all());
  }

  private static CustomOp convolution(Kernel kernel, INDArray in, INDArray out) {
    InceptionGraph.Convolution c = kernel.shape();
    int padHeight = c.same() ? c.height() / 2 : 0;
    int padWidth = c.same() ? c.width() / 2 : 0;
    return DynamicCustomOp.builder("conv2d")
        .addInputs(in, kernel.weights(), kernel.bias())
        .addOutputs(out)
        // kernel, stride, padding, dilation; explicit padding; NCHW; weights [out, in, h, w]
        .addIntegerArguments(
            c.height(), c.width(), c.stride(), c.stride(), padHeight, padWidth, 1, 1, 0, 0, 1)
        .build();
  }

  private static Runnable pool(String name, INDArray in, INDArray out) {
    CustomOp op =
        DynamicCustomOp.builder(name)
            .addInputs(in)
            .addOutputs(out)
            // kernel, stride, padding, dilation; explicit padding; padding not counted; NCHW
            .addIntegerArguments(3, 3, 1, 1, 1, 1, 1, 1, 0, 0, 0)
            .build();
    return () -> Nd4j.exec(op);
  }

  @Override
  public void close() {
    plans.clear();
    slots.values().forEach(INDArray::close);
    slots.clear();
    if (pooled != null) {
      pooled.close();
      logits.close();
    }
  }
}

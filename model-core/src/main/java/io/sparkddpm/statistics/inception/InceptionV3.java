package io.sparkddpm.statistics.inception;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.statistics.ExtractorIdentity;
import io.sparkddpm.statistics.FeatureExtractor;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.InputResizes;
import io.sparkddpm.statistics.ResizeMode;
import io.sparkddpm.statistics.RgbImage;
import io.sparkddpm.statistics.inception.InceptionProgram.Step;
import io.sparkddpm.statistics.inception.InceptionProgram.View;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Inception-v3 of 2015-12-05 as FID uses it (Heusel et al. 2017): images are resized to 299×299,
 * rescaled to about [−1, 1], and run up to the deepest layer requested.
 *
 * <p>Native memory is about 11 MB per image of a batch, besides the shared {@link
 * InceptionWeights}. Every pass runs a whole batch, filled up with leftovers of the last one where
 * images are fewer, so that an image's features have the same bits in any batch. One thread at a
 * time.
 */
public final class InceptionV3 implements FeatureExtractor {
  private static final int ROW_MAJOR = 101;
  private static final int NO_TRANSPOSE = 111;
  private static final int TRANSPOSE = 112;
  private static final int CLASSES = 1008;

  private final InceptionNetwork constants;
  private final Optional<FloatPointer> classes;
  private final List<InceptionLayer> wanted;
  private final List<FeatureLayer> layers;
  private final int batch;
  private final InceptionProgram program;
  private final List<Step> steps;
  private final InceptionRun network;
  private final float[] image =
      new float[3 * InceptionProgram.INPUT_SIZE * InceptionProgram.INPUT_SIZE];
  private final ResizeMode mode;
  private final InputResizes resizes;

  /** An extractor that resizes in the published way. */
  public InceptionV3(InceptionWeights weights, List<InceptionLayer> wanted, int batch) {
    this(weights, wanted, batch, ResizeMode.TF1);
  }

  /**
   * An extractor over shared weights.
   *
   * @param wanted the layers to give, in that order
   * @param batch images in one pass
   * @param mode how images come to the network's size
   */
  public InceptionV3(
      InceptionWeights weights, List<InceptionLayer> wanted, int batch, ResizeMode mode) {
    checkArgument(!wanted.isEmpty(), "at least one layer must be asked for");
    checkArgument(batch >= 1, "batch must be at least 1, got %d", batch);
    this.constants = weights.network();
    this.wanted = List.copyOf(wanted);
    this.batch = batch;
    this.mode = mode;
    this.resizes = new InputResizes(mode, InceptionProgram.INPUT_SIZE);
    this.layers = wanted.stream().map(l -> l.describe(constants.isPublished(l))).toList();
    this.program = constants.program();
    Set<String> taps = new HashSet<>();
    for (InceptionLayer layer : wanted) {
      taps.add(layer.tap());
    }
    this.steps = program.stepsUntil(taps);
    this.network = weights.run(steps, batch);
    this.classes =
        wanted.stream().anyMatch(InceptionLayer::isLogits)
            ? Optional.of(new FloatPointer(constants.classes()))
            : Optional.empty();
  }

  @Override
  public ExtractorIdentity identity() {
    return constants.identity(mode);
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
  public int smallestSide() {
    return 1;
  }

  @Override
  public float[][] extract(List<RgbImage> images) {
    int count = images.size();
    float[][] features = new float[wanted.size()][];
    for (int i = 0; i < features.length; i++) {
      features[i] = new float[Math.multiplyExact(count, wanted.get(i).dimension())];
    }
    for (int from = 0; from < count; from += batch) {
      int n = Math.min(batch, count - from);
      for (int i = 0; i < n; i++) {
        resizes.toInput(images.get(from + i), image);
        network.put(i, image);
      }
      run(n, features, from);
    }
    return features;
  }

  private void run(int n, float[][] features, int from) {
    for (int at = 1; at <= steps.size(); at++) {
      network.run(at - 1);
      for (int i = 0; i < wanted.size(); i++) {
        if (program.tapStep(wanted.get(i).tap()) == at) {
          read(wanted.get(i), n, features[i], from);
        }
      }
    }
  }

  private void read(InceptionLayer layer, int n, float[] features, int from) {
    View view = program.tap(layer.tap());
    switch (layer) {
      case SPATIAL -> spatial(view, n, features, from);
      case LOGITS -> classify(view, n, features, from, true);
      case LOGITS_WITHOUT_BIAS -> classify(view, n, features, from, false);
      default -> mean(view, n, features, from * layer.dimension());
    }
  }

  /** Means over height and width, summed in double. */
  private void mean(View view, int n, float[] target, int offset) {
    int area = view.height() * view.width();
    int block = network.block(view);
    float[] values = new float[view.imageLength()];
    double[] sums = new double[block];
    for (int i = 0; i < n; i++) {
      network.read(view, i, view.channels(), values);
      int to = offset + i * view.channels();
      for (int first = 0; first < view.channels(); first += block) {
        Arrays.fill(sums, 0);
        int start = channelStart(first, area, block);
        for (int p = 0; p < area; p++) {
          for (int c = 0; c < block; c++) {
            sums[c] += values[start + p * block + c];
          }
        }
        for (int c = 0; c < block; c++) {
          target[to + first + c] = (float) (sums[c] / area);
        }
      }
    }
  }

  /** The first seven channels, [H, W, 7]. */
  private void spatial(View view, int n, float[] target, int from) {
    int area = view.height() * view.width();
    int channels = InceptionLayer.SPATIAL_CHANNELS;
    int block = network.block(view);
    float[] values = new float[(channels + block - 1) / block * block * area];
    for (int i = 0; i < n; i++) {
      network.read(view, i, channels, values);
      for (int c = 0; c < channels; c++) {
        int start = channelStart(c, area, block);
        for (int p = 0; p < area; p++) {
          target[((from + i) * area + p) * channels + c] = values[start + p * block];
        }
      }
    }
  }

  /** Where channel {@code c} begins in what was read; its values are a block apart. */
  private static int channelStart(int c, int area, int block) {
    return c / block * block * area + c % block;
  }

  private void classify(View last, int n, float[] target, int from, boolean withBias) {
    float[] means = new float[batch * last.channels()];
    mean(last, n, means, 0);
    float[] logits = new float[batch * CLASSES];
    try (FloatPointer in = new FloatPointer(means);
        FloatPointer out = new FloatPointer(logits.length)) {
      openblas_nolapack.cblas_sgemm(
          ROW_MAJOR,
          NO_TRANSPOSE,
          TRANSPOSE,
          batch,
          CLASSES,
          last.channels(),
          1f,
          in,
          last.channels(),
          classes.orElseThrow(),
          last.channels(),
          0f,
          out,
          CLASSES);
      out.get(logits);
    }
    float[] bias = constants.classBias();
    for (int i = 0; i < n * CLASSES; i++) {
      target[from * CLASSES + i] = logits[i] + (withBias ? bias[i % CLASSES] : 0f);
    }
  }

  @Override
  public void close() {
    network.close();
    classes.ifPresent(FloatPointer::close);
  }
}

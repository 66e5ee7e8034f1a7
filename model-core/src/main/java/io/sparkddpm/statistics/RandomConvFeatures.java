package io.sparkddpm.statistics;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.Arrays;
import java.util.List;

/**
 * A small convolutional network with fixed random weights, standing in where the published
 * network's file is not at hand. Its distances order images of one kind (noise, blur, real), but
 * are no FID and are called {@code fd-random} everywhere.
 *
 * <p>Three 3×3 convolutions (32, 64 and 96 channels; strides 2, 2, 1) with ReLU; the features are
 * the means of every channel of each, D = 192, so any image of at least 16×16 is taken as it is.
 * Seven of eight kernels have mean zero: they see structure rather than colour. Plain Java float
 * arithmetic: equal bits on every machine. One thread at a time.
 */
public final class RandomConvFeatures implements FeatureExtractor {
  /** How distances over these features are called. */
  public static final String METRIC = "fd-random";

  private static final String NAME = "random-conv";
  private static final long SEED = 1;
  private static final int VERSION = 1;
  private static final int[] CHANNELS = {3, 32, 64, 96};
  private static final int[] STRIDES = {2, 2, 1};
  private static final int DIMENSION = 32 + 64 + 96;
  private static final int SMALLEST = 16;
  private static final List<FeatureLayer> LAYERS =
      List.of(new FeatureLayer("random", DIMENSION, METRIC));

  /** By layer: [ky, kx, in, out]. */
  private final float[][] kernels = new float[3][];

  /** The one network; every instance has the same weights. */
  public RandomConvFeatures() {
    for (int layer = 0; layer < 3; layer++) {
      kernels[layer] = kernel(layer);
    }
  }

  private static float[] kernel(int layer) {
    int in = CHANNELS[layer];
    int out = CHANNELS[layer + 1];
    int fan = 9 * in;
    float[] kernel = new float[padded(fan) * out];
    float[] drawn = new float[fan];
    for (int o = 0; o < out; o++) {
      RandomStream.of(SEED, Purpose.FEATURES, layer, o).fillGaussian(drawn, 0, fan);
      if (o % 8 != 0) {
        centre(drawn, in);
      }
      double scale = Math.sqrt(2.0 / fan);
      for (int k = 0; k < fan; k++) {
        kernel[k * out + o] = (float) (drawn[k] * scale);
      }
    }
    return kernel;
  }

  /** Makes the mean over the nine taps zero for each input channel. */
  private static void centre(float[] kernel, int in) {
    for (int i = 0; i < in; i++) {
      double mean = 0;
      for (int tap = 0; tap < 9; tap++) {
        mean += kernel[tap * in + i] / 9.0;
      }
      for (int tap = 0; tap < 9; tap++) {
        kernel[tap * in + i] -= (float) mean;
      }
    }
  }

  /** Rows of a kernel, filled up with zeros to a multiple of four. */
  private static int padded(int fan) {
    return (fan + 3) / 4 * 4;
  }

  @Override
  public ExtractorIdentity identity() {
    return new ExtractorIdentity(NAME, "seed " + SEED + " version " + VERSION, "none");
  }

  @Override
  public List<FeatureLayer> layers() {
    return LAYERS;
  }

  @Override
  public int preferredBatch() {
    return 64;
  }

  @Override
  public int smallestSide() {
    return SMALLEST;
  }

  @Override
  public float[][] extract(List<RgbImage> images) {
    float[] features = new float[images.size() * DIMENSION];
    for (int n = 0; n < images.size(); n++) {
      RgbImage image = images.get(n);
      checkArgument(
          image.height() >= SMALLEST && image.width() >= SMALLEST,
          "images must be at least %dx%d, got %dx%d",
          SMALLEST,
          SMALLEST,
          image.height(),
          image.width());
      float[] values = new float[image.pixels().length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (image.pixels()[i] & 0xff) / 127.5f - 1f;
      }
      one(values, image.height(), image.width(), features, n * DIMENSION);
    }
    return new float[][] {features};
  }

  private void one(float[] image, int height, int width, float[] features, int offset) {
    float[] x = image;
    int h = height;
    int w = width;
    int at = offset;
    for (int layer = 0; layer < 3; layer++) {
      int out = CHANNELS[layer + 1];
      int stride = STRIDES[layer];
      x = convolve(x, h, w, CHANNELS[layer], kernels[layer], out, stride);
      h = (h - 3) / stride + 1;
      w = (w - 3) / stride + 1;
      means(x, h * w, out, features, at);
      at += out;
    }
  }

  private static void means(float[] x, int area, int channels, float[] target, int at) {
    double[] sums = new double[channels];
    for (int p = 0; p < area; p++) {
      for (int c = 0; c < channels; c++) {
        sums[c] += x[p * channels + c];
      }
    }
    for (int c = 0; c < channels; c++) {
      target[at + c] = (float) (sums[c] / area);
    }
  }

  /** 3×3 convolution without padding, then ReLU; [h, w, in] to [h', w', out]. */
  private static float[] convolve(
      float[] x, int height, int width, int in, float[] kernel, int out, int stride) {
    int outHeight = (height - 3) / stride + 1;
    int outWidth = (width - 3) / stride + 1;
    float[] y = new float[outHeight * outWidth * out];
    float[] sums = new float[out];
    float[] patch = new float[padded(9 * in)];
    for (int oy = 0; oy < outHeight; oy++) {
      for (int ox = 0; ox < outWidth; ox++) {
        Arrays.fill(sums, 0f);
        for (int ky = 0; ky < 3; ky++) {
          // Three neighbouring pixels lie side by side.
          int from = ((oy * stride + ky) * width + ox * stride) * in;
          System.arraycopy(x, from, patch, ky * 3 * in, 3 * in);
        }
        for (int k = 0; k < patch.length; k += 4) {
          addScaled(sums, patch, k, kernel, k * out, out);
        }
        int to = (oy * outWidth + ox) * out;
        for (int o = 0; o < out; o++) {
          y[to + o] = Math.max(sums[o], 0f);
        }
      }
    }
    return y;
  }

  /** Adds four rows of the kernel, each times its value of the patch. */
  private static void addScaled(
      float[] sums, float[] patch, int k, float[] kernel, int row, int length) {
    float a0 = patch[k];
    float a1 = patch[k + 1];
    float a2 = patch[k + 2];
    float a3 = patch[k + 3];
    for (int o = 0; o < length; o++) {
      float low = a0 * kernel[row + o] + a1 * kernel[row + length + o];
      float high = a2 * kernel[row + 2 * length + o] + a3 * kernel[row + 3 * length + o];
      sums[o] += low + high;
    }
  }

  @Override
  public void close() {
    // holds no native memory
  }
}

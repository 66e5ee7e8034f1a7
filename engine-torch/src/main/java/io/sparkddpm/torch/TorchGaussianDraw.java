package io.sparkddpm.torch;

import io.sparkddpm.network.GaussianDraw;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Runs {@link GaussianDraw}, in float32; without keys it gives the means. */
record TorchGaussianDraw(GaussianDraw node, TorchOps ops) implements TorchLayer {
  @Override
  public Tensor forward(Tensor x, TorchPass pass) {
    int channels = node.out().dim(0);
    Tensor moments = x.to(torch.ScalarType.Float);
    Tensor means = moments.narrow(1, 0, channels);
    if (pass.keys() == null) {
      return means.contiguous();
    }
    int items = pass.keys().length;
    int length = node.out().length();
    float[] noise = new float[items * length];
    for (int n = 0; n < items; n++) {
      node.draw(pass.keys()[n], noise, n * length);
    }
    Tensor epsilon =
        ops.library().upload(noise, 0, means.size(0), channels, means.size(2), means.size(3));
    Tensor logVariances =
        torch.clamp(
            moments.narrow(1, channels, channels),
            new ScalarOptional(new Scalar(GaussianDraw.LEAST_LOG_VARIANCE)),
            new ScalarOptional(new Scalar(GaussianDraw.MOST_LOG_VARIANCE)));
    return means.add(torch.exp(logVariances.mul(new Scalar(0.5))).mul(epsilon));
  }
}

package io.sparkddpm.torch;

import io.sparkddpm.statistics.inception.InceptionGraph;
import io.sparkddpm.statistics.inception.InceptionGraph.Convolution;
import io.sparkddpm.statistics.inception.InceptionNetwork;
import io.sparkddpm.statistics.inception.InceptionProgram.Step;
import io.sparkddpm.statistics.inception.InceptionRun;
import io.sparkddpm.statistics.inception.InceptionWeights;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** The network's folded convolutions (about 90 MB) on the device, channels last. */
final class TorchInceptionWeights implements InceptionWeights {
  private final LibTorch library;
  private final InceptionNetwork network;
  private final Map<String, Kernel> kernels = new HashMap<>();

  /**
   * A convolution's values.
   *
   * @param weights [out, in, height, width]
   * @param bias [out]
   */
  record Kernel(Tensor weights, Tensor bias) {
    void close() {
      weights.close();
      bias.close();
    }
  }

  TorchInceptionWeights(InceptionGraph graph, LibTorch library) {
    this.library = library;
    this.network = new InceptionNetwork(graph);
    network.forEachConvolution(graph, conv -> kernels.put(conv.name(), load(conv)));
  }

  private Kernel load(Convolution conv) {
    try (PointerScope scope = new PointerScope();
        InferenceMode mode = new InferenceMode(true)) {
      Tensor weights =
          library
              .upload(conv.weights(), 0, conv.out(), conv.in(), conv.height(), conv.width())
              .contiguous(MemoryFormat.ChannelsLast);
      Tensor bias = library.upload(conv.bias(), 0, conv.out());
      return new Kernel(weights.retainReference(), bias.retainReference());
    }
  }

  Kernel kernel(String name) {
    return kernels.get(name);
  }

  @Override
  public InceptionNetwork network() {
    return network;
  }

  @Override
  public InceptionRun run(List<Step> steps, int batch) {
    return new TorchInceptionRun(library, this, steps, batch);
  }

  @Override
  public void close() {
    kernels.values().forEach(Kernel::close);
    kernels.clear();
  }
}

package io.sparkddpm.statistics.inception;

import io.sparkddpm.error.UserException;
import io.sparkddpm.statistics.inception.InceptionGraph.Convolution;
import io.sparkddpm.statistics.inception.InceptionProgram.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.global.dnnl;

/**
 * The network's folded convolutions in native memory (about 90 MB), packed as oneDNN's operations
 * want them. Thread-safe.
 */
final class OneDnnWeights implements InceptionWeights {
  private final InceptionNetwork network;
  private final Map<String, Kernel> kernels = new LinkedHashMap<>();

  /** Weights in one layout. */
  record Packed(dnnl_memory_desc desc, dnnl_memory memory, OneDnn.Buffer buffer) {
    static Packed of(dnnl_memory_desc desc) {
      long bytes = dnnl.dnnl_memory_desc_get_size(desc);
      OneDnn.Buffer buffer = new OneDnn.Buffer(bytes / Float.BYTES);
      return new Packed(desc, OneDnn.memory(desc, buffer.pointer()), buffer);
    }

    void free() {
      dnnl.dnnl_memory_destroy(memory);
      dnnl.dnnl_memory_desc_destroy(desc);
      buffer.close();
    }
  }

  /** One convolution: its bias, and its weights in every layout that was asked for. */
  private static final class Kernel {
    private final Packed bias;
    private final List<Packed> layouts = new ArrayList<>();
    private Packed unused; // as they were loaded

    Kernel(Packed bias, Packed plain) {
      this.bias = bias;
      this.unused = plain;
    }
  }

  /**
   * Loads every convolution of the network.
   *
   * @throws UserException if the graph lacks one or one has another shape
   */
  OneDnnWeights(InceptionGraph graph) {
    this.network = new InceptionNetwork(graph);
    network.forEachConvolution(graph, conv -> kernels.put(conv.name(), load(conv)));
  }

  private static Kernel load(Convolution conv) {
    Packed bias = Packed.of(OneDnn.desc(dnnl.dnnl_x, conv.out()));
    bias.buffer.pointer().put(conv.bias(), 0, conv.bias().length);
    Packed plain =
        Packed.of(OneDnn.desc(dnnl.dnnl_oihw, conv.out(), conv.in(), conv.height(), conv.width()));
    plain.buffer.pointer().put(conv.weights(), 0, conv.weights().length);
    return new Kernel(bias, plain);
  }

  @Override
  public InceptionNetwork network() {
    return network;
  }

  @Override
  public InceptionRun run(List<Step> steps, int batch) {
    return new OneDnnRun(steps, this, batch);
  }

  dnnl_memory bias(String name) {
    return kernels.get(name).bias.memory;
  }

  /** The weights in a layout; as they were loaded they are kept until the first call only. */
  synchronized Packed packed(String name, dnnl_memory_desc wanted) {
    Kernel kernel = kernels.get(name);
    for (Packed there : kernel.layouts) {
      if (dnnl.dnnl_memory_desc_equal(there.desc, wanted) != 0) {
        return there;
      }
    }
    dnnl_memory_desc own = new dnnl_memory_desc();
    OneDnn.check(dnnl.dnnl_memory_desc_clone(own, wanted), "layout of weights");
    Packed packed = Packed.of(own);
    Packed from = kernel.unused != null ? kernel.unused : kernel.layouts.get(0);
    OneDnn.reorder(from.desc, from.memory, packed.desc, packed.memory);
    kernel.layouts.add(packed);
    if (kernel.unused != null) {
      kernel.unused.free();
      kernel.unused = null;
    }
    return packed;
  }

  @Override
  public void close() {
    for (Kernel kernel : kernels.values()) {
      kernel.bias.free();
      kernel.layouts.forEach(Packed::free);
      if (kernel.unused != null) {
        kernel.unused.free();
      }
    }
    kernels.clear();
  }
}

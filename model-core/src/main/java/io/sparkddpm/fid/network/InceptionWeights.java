package io.sparkddpm.fid.network;

import io.sparkddpm.error.UserException;
import io.sparkddpm.fid.ExtractorIdentity;
import io.sparkddpm.fid.ResizeMode;
import io.sparkddpm.fid.network.InceptionGraph.Convolution;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.global.dnnl;

/**
 * The network's folded convolutions in native memory (about 90 MB), packed as the operations want
 * them and shared by all extractors of a process. Thread-safe; must outlive the extractors that use
 * it.
 */
public final class InceptionWeights implements AutoCloseable {
  private final String sha256;
  private final Set<InceptionLayer> published;
  private final InceptionProgram program;
  private final Map<String, Kernel> kernels = new LinkedHashMap<>();
  private final Map<String, Convolution> shapes = new LinkedHashMap<>();
  private final OneDnn.Buffer classes;
  private final float[] classBias;

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
  public InceptionWeights(InceptionGraph graph) {
    this.sha256 = graph.sha256();
    this.published = graph.publishedLayers();
    for (String name : InceptionProgram.convolutions(graph)) {
      Convolution conv = name.equals("logits") ? graph.logits() : graph.convolution(name);
      shapes.put(name, conv.withoutValues());
    }
    this.program = InceptionProgram.of(graph, shapes::get);
    Convolution last = graph.logits();
    this.classes = new OneDnn.Buffer(last.weights().length);
    this.classBias = last.bias();
    classes.pointer().put(last.weights(), 0, last.weights().length);
    for (String name : shapes.keySet()) {
      if (!name.equals("logits")) {
        kernels.put(name, load(graph.convolution(name)));
      }
    }
  }

  private static Kernel load(Convolution conv) {
    Packed bias = Packed.of(OneDnn.desc(dnnl.dnnl_x, conv.out()));
    bias.buffer.pointer().put(conv.bias(), 0, conv.bias().length);
    Packed plain =
        Packed.of(OneDnn.desc(dnnl.dnnl_oihw, conv.out(), conv.in(), conv.height(), conv.width()));
    plain.buffer.pointer().put(conv.weights(), 0, conv.weights().length);
    return new Kernel(bias, plain);
  }

  ExtractorIdentity identity(ResizeMode mode) {
    return InceptionGraph.identity(sha256, mode);
  }

  /** Whether that layer is the published network's. */
  boolean isPublished(InceptionLayer layer) {
    return published.contains(layer);
  }

  InceptionProgram program() {
    return program;
  }

  /** Geometry of a convolution, without its values. */
  Convolution shape(String name) {
    return shapes.get(name);
  }

  dnnl_memory bias(String name) {
    return kernels.get(name).bias.memory;
  }

  /** The last layer's weights [1008, 2048]. */
  OneDnn.Buffer classes() {
    return classes;
  }

  /** The last layer's bias [1008]. */
  float[] classBias() {
    return classBias;
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
    classes.close();
  }
}

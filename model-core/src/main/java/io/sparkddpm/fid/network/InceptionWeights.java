package io.sparkddpm.fid.network;

import io.sparkddpm.error.UserException;
import io.sparkddpm.fid.network.InceptionGraph.Convolution;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The network's folded convolutions in native memory (about 90 MB), shared by all extractors of a
 * process. Only read after construction; must outlive the extractors that use it.
 */
public final class InceptionWeights implements AutoCloseable {
  private final InceptionGraph graph;
  private final Map<String, Kernel> kernels = new LinkedHashMap<>();

  /** One convolution: weights [out, in, h, w] and bias [out] in native memory, and its geometry. */
  record Kernel(INDArray weights, INDArray bias, Convolution shape) {}

  /**
   * Loads every convolution of the network.
   *
   * @throws UserException if the graph lacks one, one has another shape, or ND4J does not compute
   *     on the CPU
   */
  public InceptionWeights(InceptionGraph graph) {
    checkBackEnd(Nd4j.getEnvironment().isCPU());
    this.graph = graph;
    Collection<String> names = InceptionProgram.convolutions(graph);
    try (MemoryWorkspace detached = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      for (String name : names) {
        Convolution conv = name.equals("logits") ? graph.logits() : graph.convolution(name);
        INDArray weights = copy(conv.weights(), conv.out(), conv.in(), conv.height(), conv.width());
        INDArray bias = copy(conv.bias(), conv.out());
        // The Java copies are not needed any more.
        Convolution shape =
            new Convolution(
                name,
                null,
                null,
                conv.out(),
                conv.in(),
                conv.height(),
                conv.width(),
                conv.stride(),
                conv.same());
        kernels.put(name, new Kernel(weights, bias, shape));
      }
    }
    InceptionProgram.check(this);
  }

  /** The network reads and writes its tensors by host pointers, which CUDA arrays do not keep. */
  static void checkBackEnd(boolean cpu) {
    if (!cpu) {
      throw new UserException(
          "features of the Inception network are taken on the CPU only, but ND4J's CUDA back end is"
              + " loaded; run this command with the jar that was built without -Pcuda");
    }
  }

  private static INDArray copy(float[] values, long... shape) {
    INDArray array = Nd4j.createUninitialized(DataType.FLOAT, shape);
    new FloatPointer(array.data().pointer()).put(values, 0, values.length);
    return array;
  }

  InceptionGraph graph() {
    return graph;
  }

  Kernel kernel(String name) {
    return kernels.get(name);
  }

  @Override
  public void close() {
    for (Kernel kernel : kernels.values()) {
      kernel.weights.close();
      kernel.bias.close();
    }
    kernels.clear();
  }
}

package io.sparkddpm.engine.nd4j;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.kernels.Profile;
import io.sparkddpm.kernels.Threads;
import io.sparkddpm.layers.LayeredNetwork.KernelChoice;
import io.sparkddpm.network.NetworkConfig;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import jdk.incubator.vector.FloatVector;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The default engine: DL4J's native back end, on the CPU or, built so, on CUDA. */
public final class Nd4jEngine implements EngineFactory {
  /** {@link #name}. */
  public static final String NAME = "dl4j";

  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(Nd4jEngine.class);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public TrainableNetwork create(NetworkConfig network, OptimizerConfig optimizer, int threads) {
    return create(network, optimizer, threads, new Profile());
  }

  /**
   * As {@link #create(NetworkConfig, OptimizerConfig, int)}.
   *
   * @param profile takes the time of each kind of layer
   */
  public TrainableNetwork create(
      NetworkConfig network, OptimizerConfig optimizer, int threads, Profile profile) {
    return new Nd4jNetwork(network.spec(), optimizer, threads, kernels(), profile);
  }

  /** A part of the work of a step, for measuring. */
  public interface PartOfStep extends Runnable, AutoCloseable {
    @Override
    void close();
  }

  /**
   * The calls of one kind of layer and nothing else, forward and, where asked, backward. The
   * results mean nothing.
   */
  public PartOfStep layersAlone(
      LayerKind kind, NetworkConfig network, int batch, int threads, boolean training) {
    INDArray values = Nd4j.zeros(DataType.FLOAT, network.spec().parameterCount());
    INDArray gradients = training ? values.dup() : null;
    Threads pool = new Threads(threads);
    NetworkShares shares =
        new NetworkShares(
            network.spec(), values, gradients, false, batch, kernels(), pool, new Profile());
    return new PartOfStep() {
      @Override
      public void run() {
        shares.runOnly(kind);
      }

      @Override
      public void close() {
        shares.close();
        pool.close();
      }
    };
  }

  @Override
  public SortedMap<String, String> arithmetic() {
    SortedMap<String, String> facts = new TreeMap<>();
    boolean cpu = Nd4j.getEnvironment().isCPU();
    KernelChoice kernels = kernels();
    facts.put("kernels", cpu ? kernels.name().toLowerCase(Locale.ROOT) : "cuda");
    if (kernels == KernelChoice.VECTOR) {
      int bits = FloatVector.SPECIES_PREFERRED.vectorBitSize();
      facts.put("vector-bits", Integer.toString(bits));
    }
    facts.putAll(NativeBuild.arithmetic(cpu));
    return facts;
  }

  /** The vector unit on the CPU, where the JVM offers it; native operations elsewhere. */
  private static KernelChoice kernels() {
    if (!Nd4j.getEnvironment().isCPU()) {
      return KernelChoice.NATIVE;
    }
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      LOG.warn(
          "The JVM runs without --add-modules=jdk.incubator.vector: training and sampling are"
              + " slower, and their last bits differ from runs that have it");
      return KernelChoice.NATIVE;
    }
    return KernelChoice.VECTOR;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Nd4jEngine;
  }

  @Override
  public int hashCode() {
    return Nd4jEngine.class.hashCode();
  }
}

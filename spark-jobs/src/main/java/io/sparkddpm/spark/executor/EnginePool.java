package io.sparkddpm.spark.executor;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.tensor.NamedTensor;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The models of this process, by role: made once, used by one task after another, never more of a
 * role than tasks run at the same time. A task may hold models of several roles at once.
 * Thread-safe.
 */
public final class EnginePool implements Kept {
  private final Map<Role, Pool<Key, Engine>> pools = new EnumMap<>(Role.class);
  private final List<Buffers> spare = new ArrayList<>();

  /** What a model is made of. */
  public record Key(
      EngineFactory factory, NetworkConfig network, OptimizerConfig optimizer, int threads)
      implements Serializable {
    /** Values in all its tensors. */
    public long parameters() {
      return factory.layout(network).stream().mapToLong(NamedTensor::length).sum();
    }

    /**
     * Memory off the heap that a model needs at least, in bytes.
     *
     * @param images that it takes in a step
     */
    public long bytes(int images) {
      return factory.trainingBytes(network, optimizer.imagesAtOnce(images));
    }
  }

  /** Room on the heap for what a model computes; its content is undefined. */
  public static final class Buffers {
    private final int length;
    private TrainingState state;
    private float[] gradient;

    private Buffers(int length) {
      this.length = length;
    }
  }

  /** A model, with room on the heap for its state. One task at a time. */
  public final class Engine implements AutoCloseable {
    private final TrainableNetwork model;
    private final int length;
    private final Arithmetic arithmetic;
    private Buffers buffers;

    private Engine(Key key) {
      EngineFactory bound = GpuBinding.here().bind(key.factory);
      this.model = bound.create(key.network, key.optimizer, key.threads);
      this.length = Math.toIntExact(model.layout().stream().mapToLong(NamedTensor::length).sum());
      this.arithmetic = Arithmetic.here(key);
    }

    /** The model. */
    public TrainableNetwork model() {
      return model;
    }

    /** What decides the last bits of what the model computes. */
    public Arithmetic arithmetic() {
      return arithmetic;
    }

    /** Vectors for the model's state that stay with it; their content is undefined. */
    public TrainingState state() {
      if (buffers().state == null) {
        buffers.state = TrainingState.initial(new float[length]);
      }
      return buffers.state;
    }

    /** A vector for the model's gradient that stays with it; its content is undefined. */
    public float[] gradient() {
      if (buffers().gradient == null) {
        buffers.gradient = new float[length];
      }
      return buffers.gradient;
    }

    /**
     * Gives away what {@link #state} and {@link #gradient} returned; the next call brings others.
     */
    public Buffers detachBuffers() {
      Buffers detached = buffers();
      buffers = null;
      return detached;
    }

    /** Frees the model's native memory. */
    @Override
    public void close() {
      model.close();
    }

    private Buffers buffers() {
      if (buffers == null) {
        buffers = spareBuffers(length);
      }
      return buffers;
    }
  }

  /** Without any models; tasks share the one that {@link #here} returns. */
  EnginePool() {
    for (Role role : Role.values()) {
      pools.put(role, new Pool<>());
    }
  }

  /** The one that all tasks of this process share. */
  public static EnginePool here() {
    return ExecutorState.get(EnginePool.class, EnginePool::new);
  }

  /**
   * Uses a model. What it holds is undefined: the user loads a state. If the use fails the model is
   * closed.
   *
   * @param role what it is used for
   */
  public <R, E extends Exception> R use(Role role, Key key, Pool.Use<? super Engine, R, E> use)
      throws E {
    return pools.get(role).use(key, () -> () -> new Engine(key), use);
  }

  /** Takes detached buffers back. */
  public void recycle(Buffers buffers) {
    synchronized (spare) {
      spare.removeIf(b -> b.length != buffers.length);
      spare.add(buffers);
    }
  }

  private Buffers spareBuffers(int length) {
    synchronized (spare) {
      for (Buffers buffers : spare) {
        if (buffers.length == length) {
          spare.remove(buffers);
          return buffers;
        }
      }
    }
    return new Buffers(length);
  }

  /** Closes all idle models, which frees their native memory. */
  @Override
  public void free() {
    pools.values().forEach(Pool::free);
    synchronized (spare) {
      spare.clear();
    }
  }

  int idle(Role role) {
    return pools.get(role).idle();
  }
}

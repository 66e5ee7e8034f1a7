package io.sparkddpm.spark.executor;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.engine.TrainableNetwork;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.spark.session.GpuBinding;
import io.sparkddpm.tensor.NamedTensor;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The models of this JVM: made once, used by one task after another, never more of them than tasks
 * run at the same time. What a borrower finds in one is undefined: it loads its own state. Asking
 * for a model of another kind closes the idle ones of the old kind. Thread-safe.
 */
public final class EnginePool {
  /** One for the whole JVM. */
  public static final EnginePool SHARED = new EnginePool();

  private final List<Engine> idle = new ArrayList<>();
  private final List<Buffers> spare = new ArrayList<>();

  /** What a model is made of. */
  public record Key(
      EngineFactory factory, NetworkConfig network, OptimizerConfig optimizer, int threads)
      implements Serializable {
    private boolean sameAs(Key other) {
      return factory.equals(other.factory)
          && network.equals(other.network)
          && optimizer.equals(other.optimizer)
          && threads == other.threads;
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

  /** A borrowed model, with room on the heap for its state. One task at a time. */
  public final class Engine {
    private final Key key;
    private final TrainableNetwork model;
    private final int length;
    private final Arithmetic arithmetic;
    private Buffers buffers;
    private Thread lastUser;

    private Engine(Key key) {
      EngineFactory bound = GpuBinding.bind(key.factory);
      this.key = key;
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

    private Buffers buffers() {
      if (buffers == null) {
        buffers = spareBuffers(length);
      }
      return buffers;
    }
  }

  /** A pool of its own, for tests. */
  EnginePool() {}

  /** An idle model of that kind, best the one that this thread had last, or a new one. */
  public Engine borrow(Key key) {
    Engine found = null;
    synchronized (idle) {
      for (Iterator<Engine> it = idle.iterator(); it.hasNext(); ) {
        Engine engine = it.next();
        if (!engine.key.sameAs(key)) {
          it.remove();
          engine.model.close();
        } else if (found == null || engine.lastUser == Thread.currentThread()) {
          found = engine;
        }
      }
      idle.remove(found);
    }
    return found != null ? found : new Engine(key);
  }

  /** Returns a model for the next one to use. */
  public void giveBack(Engine engine) {
    engine.lastUser = Thread.currentThread();
    synchronized (idle) {
      idle.add(engine);
    }
  }

  /** Closes a model that failed in use. */
  public void discard(Engine engine) {
    engine.model.close();
  }

  /** Takes detached buffers back. */
  public void recycle(Buffers buffers) {
    synchronized (idle) {
      spare.removeIf(b -> b.length != buffers.length);
      spare.add(buffers);
    }
  }

  private Buffers spareBuffers(int length) {
    synchronized (idle) {
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
  public void clear() {
    synchronized (idle) {
      idle.forEach(e -> e.model.close());
      idle.clear();
      spare.clear();
    }
  }

  int idleCount() {
    synchronized (idle) {
      return idle.size();
    }
  }
}

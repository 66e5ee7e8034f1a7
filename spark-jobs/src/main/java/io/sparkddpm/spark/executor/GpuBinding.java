package io.sparkddpm.spark.executor;

import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.TaskResources;
import io.sparkddpm.statistics.inception.InceptionEngine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Binds this JVM to the graphics card that Spark gave to its executor: one executor, one card. Must
 * come before ND4J's first operation. Thread-safe.
 */
public final class GpuBinding implements Kept {
  private static final Logger LOG = LoggerFactory.getLogger(GpuBinding.class);
  private static final String CUDA = "org.nd4j.jita.conf.CudaEnvironment";

  private Optional<GpuInfo> bound;

  private GpuBinding() {}

  /** This process's binding. */
  public static GpuBinding here() {
    return ExecutorState.get(GpuBinding.class, GpuBinding::new);
  }

  /** The card stays this process's own as long as it lives: ND4J cannot change it. */
  @Override
  public void free() {}

  /**
   * Binds once; does nothing in a JVM without the CUDA back end.
   *
   * @throws UserException if the task has no card, or one that the back end cannot use
   */
  public synchronized void bind() {
    if (bound != null) {
      return;
    }
    Optional<Class<?>> cuda = cuda();
    if (cuda.isPresent()) {
      requireGiven(TaskContext.get());
    }
    Optional<GpuInfo> card =
        choose(cuda.isPresent(), address(TaskContext.get()), GpuBinding::visibleCards);
    if (card.isPresent()) {
      LOG.warn("This executor computes on {}", card.get());
      use(cuda.orElseThrow(), card.get().index());
    }
    bound = card;
  }

  /**
   * The engine as this executor is to use it: on the card that Spark gave it, where the engine must
   * be given it; for the others as {@link #bind()}.
   *
   * @throws UserException if the task has no such card
   */
  public EngineFactory bind(EngineFactory engine) {
    return engine.wantsCard() ? engine.onCard(card()) : bound(engine);
  }

  /** As {@link #bind(EngineFactory)}. */
  public InceptionEngine bind(InceptionEngine engine) {
    return engine.wantsCard() ? engine.onCard(card()) : bound(engine);
  }

  private <T> T bound(T engine) {
    bind();
    return engine;
  }

  /** The place of the task's card among those that the process sees. */
  private static int card() {
    requireGiven(TaskContext.get());
    List<GpuInfo> cards = visibleCards();
    int place = place(address(TaskContext.get()), cards);
    LOG.warn("This executor computes on {}", cards.get(place));
    return place;
  }

  /** Of the task's card among those that the process sees. */
  static int place(Optional<String> address, List<GpuInfo> cards) {
    return cards.indexOf(GpuInfo.at(address.orElse("0"), cards));
  }

  /** What is decided, apart from the machine. */
  static Optional<GpuInfo> choose(
      boolean cuda, Optional<String> address, Supplier<List<GpuInfo>> visible) {
    if (!cuda) {
      if (address.isPresent()) {
        LOG.warn(
            "Spark gave this executor a graphics card, but this jar computes on processors: the"
                + " cuda profile of the build makes the other one");
      }
      return Optional.empty();
    }
    List<GpuInfo> cards = visible.get();
    GpuInfo card = GpuInfo.at(address.orElse("0"), cards);
    card.requireSupported();
    return Optional.of(card);
  }

  /** Refuses a task that would compute on a card which it has not asked Spark for. */
  private static void requireGiven(TaskContext task) {
    if (task != null
        && !task.resourcesJMap().containsKey(TaskResources.CARD)
        && TaskResources.areGivenByStage(SparkEnv.get().conf())) {
      throw new UserException(
          "stages of DataFrames cannot ask for graphics cards: set %s=1 and spark.executor.cores"
              + " to spark.task.cpus",
          TaskResources.OF_TASK);
    }
  }

  /** Of the card of a task; empty on the driver, and where none was asked for. */
  private static Optional<String> address(TaskContext task) {
    if (task == null) {
      return Optional.empty();
    }
    Map<String, ResourceInformation> resources = task.resourcesJMap();
    ResourceInformation gpu = resources.get(TaskResources.CARD);
    if (gpu == null) {
      return Optional.empty();
    }
    if (gpu.addresses().length != 1) {
      throw new UserException(
          "a task has %s graphics cards, but computes on one: set %s and %s to 1",
          gpu.addresses().length, TaskResources.OF_TASK, TaskResources.OF_EXECUTOR);
    }
    return Optional.of(gpu.addresses()[0]);
  }

  private static Optional<Class<?>> cuda() {
    try {
      return Optional.of(
          Class.forName(CUDA, false, Thread.currentThread().getContextClassLoader()));
    } catch (ClassNotFoundException e) {
      return Optional.empty(); // the jar for processors
    }
  }

  private static List<GpuInfo> visibleCards() {
    try {
      Process process = new ProcessBuilder(GpuInfo.QUERY).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return GpuInfo.parse(output);
    } catch (IOException e) {
      throw new UserException(
          e,
          "cannot run nvidia-smi (%s): a graphics card was asked for, and its driver (of CUDA 11.6"
              + " or newer for engine = nd4j, of CUDA 13 for engine = torch) brings that program",
          e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * The back end's classes are in another jar, which is not there to compile with. With one card
   * allowed, all threads compute on it.
   */
  private static void use(Class<?> cuda, int device) {
    try {
      Object environment = cuda.getMethod("getInstance").invoke(null);
      Object configuration = cuda.getMethod("getConfiguration").invoke(environment);
      Class<?> type = configuration.getClass();
      type.getMethod("useDevice", int.class).invoke(configuration, device);
      type.getMethod("allowMultiGPU", boolean.class).invoke(configuration, false);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("nd4j-cuda is not the one that this was written for", e);
    }
  }
}

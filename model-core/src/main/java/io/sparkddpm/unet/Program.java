package io.sparkddpm.unet;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.function.Supplier;

/**
 * A fixed sequence of kernel calls over planned memory. Layers emit it once, {@link #bind} prepares
 * every call, {@link #run} repeats them without allocating.
 */
final class Program {
  /** What a kernel call belongs to, for the accounting of time. */
  enum Kind {
    CONVOLUTION,
    NORMALIZATION,
    ATTENTION,
    DENSE,
    ELEMENTWISE
  }

  private record Emitted(Kind kind, Supplier<Runnable> call) {}

  private final List<Emitted> emitted = new ArrayList<>();
  private Runnable[] calls;
  private Kind[] kinds;

  /**
   * @param call makes the kernel call once memory is there
   */
  void emit(Kind kind, Supplier<Runnable> call) {
    emitted.add(new Emitted(kind, call));
  }

  void bind() {
    calls = emitted.stream().map(e -> e.call().get()).toArray(Runnable[]::new);
    kinds = emitted.stream().map(Emitted::kind).toArray(Kind[]::new);
    emitted.clear();
  }

  void run() {
    for (Runnable call : calls) {
      call.run();
    }
  }

  /** Runs, and adds each kind's nanoseconds to {@code nanos}. */
  void runTimed(EnumMap<Kind, Long> nanos) {
    for (int i = 0; i < calls.length; i++) {
      long start = System.nanoTime();
      calls[i].run();
      nanos.merge(kinds[i], System.nanoTime() - start, Long::sum);
    }
  }
}

package io.sparkddpm.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A fixed sequence of kernel calls over planned memory. Layers emit it once, {@link #bind} prepares
 * every call, {@link #run} repeats them without allocating.
 */
public final class Program {
  private record Emitted(LayerKind kind, Supplier<Runnable> call) {}

  private final List<Emitted> emitted = new ArrayList<>();
  private Runnable[] calls;
  private LayerKind[] kinds;

  /**
   * @param call makes the kernel call once memory is there
   */
  public void emit(LayerKind kind, Supplier<Runnable> call) {
    emitted.add(new Emitted(kind, call));
  }

  /** Makes the calls, after the memory plan has given every tensor its memory. */
  public void bind() {
    calls = emitted.stream().map(e -> e.call().get()).toArray(Runnable[]::new);
    kinds = emitted.stream().map(Emitted::kind).toArray(LayerKind[]::new);
    emitted.clear();
  }

  /** Runs, and adds each call's time to its kind. */
  public void run(Profile profile) {
    long start = System.nanoTime();
    for (int i = 0; i < calls.length; i++) {
      calls[i].run();
      start = profile.since(start, kinds[i]);
    }
  }

  /** Runs the calls of one kind only: for measuring; the results mean nothing. */
  public void runOnly(LayerKind kind) {
    for (int i = 0; i < calls.length; i++) {
      if (kinds[i] == kind) {
        calls[i].run();
      }
    }
  }
}

package io.sparkddpm.bench;

import com.sun.management.ThreadMXBean;
import io.sparkddpm.kernels.LayerKind;
import io.sparkddpm.kernels.Profile;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;

/** Times something again and again, and warms it up when it sees it first. */
final class Stopwatch {
  private static final double NANOS = 1e9;
  private static final int MOST_RUNS = 1 << 20;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final double seconds;
  private final int runs;
  private final Set<String> warm = new HashSet<>();

  /**
   * @param seconds at least so long
   * @param runs and at least so often; as often before, to warm up what it sees first
   */
  Stopwatch(double seconds, int runs) {
    this.seconds = seconds;
    this.runs = runs;
  }

  /**
   * What is timed.
   *
   * @param name for people
   * @param images in one run
   * @param flops of one run
   * @param profile to which it adds its time by kind of layer, or null
   */
  record Subject(String name, int images, double flops, Profile profile, Runnable run) {}

  Measurement measure(Subject subject) {
    warmUp(subject);
    if (subject.profile() != null) {
      subject.profile().clear();
    }
    double[] times = new double[1024];
    long nativeBefore = Pointer.totalBytes();
    long javaBefore = allocated();
    int count = 0;
    long start = System.nanoTime();
    long last = start;
    while (count < MOST_RUNS && (count < runs || (last - start) / NANOS < seconds)) {
      if (count == times.length) {
        times = Arrays.copyOf(times, 2 * count);
      }
      subject.run().run();
      long now = System.nanoTime();
      times[count++] = (now - last) / NANOS;
      last = now;
    }
    double total = (last - start) / NANOS;
    long javaBytes = allocated() - javaBefore;
    long nativeBytes = Pointer.totalBytes() - nativeBefore;
    Arrays.sort(times, 0, count);
    return new Measurement(
        subject.name(),
        subject.images(),
        count,
        times[0],
        times[count / 2],
        subject.flops(),
        javaBytes / count,
        nativeBytes,
        shares(subject.profile(), total));
  }

  private void warmUp(Subject subject) {
    int least = warm.add(subject.name()) ? runs : 1;
    long start = System.nanoTime();
    for (int i = 0; i < least || (System.nanoTime() - start) / NANOS < seconds / 4; i++) {
      subject.run().run();
    }
  }

  private static long allocated() {
    long sum = 0;
    for (long bytes : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
      sum += Math.max(0, bytes);
    }
    return sum;
  }

  private static Map<String, Double> shares(Profile profile, double total) {
    Map<String, Double> shares = new LinkedHashMap<>();
    if (profile != null) {
      double rest = 1;
      for (LayerKind kind : LayerKind.values()) {
        double share = profile.nanos(kind) / NANOS / total;
        rest -= share;
        if (share > 0) {
          shares.put(kind.name().toLowerCase(Locale.ROOT), share);
        }
      }
      shares.put("framework", rest);
    }
    return shares;
  }
}

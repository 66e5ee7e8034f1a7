package io.sparkddpm.engine.nd4j;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.openblas.global.openblas;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * The native libraries of the default engine, and the processor by which they choose their code.
 */
final class NativeBuild {
  /** By number, as ND4J's native code names them. */
  private static final List<String> LEVELS = List.of("x86-64", "avx", "avx2", "avx512");

  /** Variables of the environment that make OpenBLAS or oneDNN choose otherwise. */
  private static final List<String> OVERRIDES =
      List.of("OPENBLAS_CORETYPE", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA");

  private NativeBuild() {}

  /**
   * What decides the last bits of native operations in this process, by name.
   *
   * @param cpu whether they run on the processor
   */
  static SortedMap<String, String> arithmetic(boolean cpu) {
    NativeOps ops = NativeOpsHolder.getInstance().getDeviceNativeOps();
    SortedMap<String, String> facts = new TreeMap<>();
    String build = ops.buildInfo().strip().replaceAll("\\s+", " ");
    if (cpu) {
      facts.put("nd4j", build + ", for " + level(ops.binaryLevel()));
      facts.put("openblas", openblas.OPENBLAS_VERSION.strip());
      facts.put("processor", vendor() + " " + level(ops.optimalLevel()));
      for (String name : OVERRIDES) {
        facts.put(name, System.getenv().getOrDefault(name, "unset"));
      }
    } else {
      facts.put("nd4j", build);
    }
    return facts;
  }

  private static String level(int number) {
    return number >= 0 && number < LEVELS.size() ? LEVELS.get(number) : "level " + number;
  }

  /** As the kernel reports it, such as {@code GenuineIntel}. */
  private static String vendor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("vendor_id"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown"; // not Linux
    }
  }
}

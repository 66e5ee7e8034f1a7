package io.sparkddpm.spark.session;

/** Options that every JVM of a job needs: the driver gets them from the launcher. */
final class JvmOptions {
  /** The vector API, with which the network's own kernels are written. */
  static final String VECTOR_MODULE = "--add-modules=jdk.incubator.vector";

  /** A crash dump of DL4J would want libraries that are not packed. */
  static final String NO_CRASH_DUMP = "-Dorg.deeplearning4j.crash.reporting.enabled=false";

  static final String MAX_BYTES = "org.bytedeco.javacpp.maxbytes";
  static final String MAX_PHYSICAL_BYTES = "org.bytedeco.javacpp.maxphysicalbytes";
  static final String NATIVE_BUILD = "org.bytedeco.javacpp.platform.extension";

  private JvmOptions() {}

  /** {@code options} and {@code option}, unless one of that name is there already. */
  static String with(String options, String option) {
    int equals = option.indexOf('=', 2);
    String name = option.startsWith("-D") && equals > 0 ? option.substring(0, equals + 1) : option;
    return (" " + options + " ").contains(" " + name) ? options : (options + " " + option).strip();
  }
}

package io.sparkddpm.spark.lab.doctor;

import io.sparkddpm.artifact.SoftwareVersion;
import java.io.Serializable;
import java.nio.charset.Charset;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.util.VersionInfo;

/**
 * What a driver or executor is.
 *
 * @param id Spark's, such as {@code driver} or {@code 3}
 * @param host that it runs on
 * @param versions of what must be the same everywhere, by name
 * @param processors that the JVM sees
 * @param heapBytes that the JVM may take
 * @param nativeBytes that JavaCPP may take off the heap, as it is set; {@code -} where it is not
 * @param clockMillis since 1970
 */
record ProcessFacts(
    String id,
    String host,
    SortedMap<String, String> versions,
    int processors,
    long heapBytes,
    String nativeBytes,
    long clockMillis)
    implements Serializable {

  /** Those of this process. */
  static ProcessFacts here(String id, String host) {
    SortedMap<String, String> versions = new TreeMap<>();
    versions.put("spark-ddpm", SoftwareVersion.CURRENT);
    versions.put("Java", Runtime.version().toString());
    versions.put("Spark", org.apache.spark.package$.MODULE$.SPARK_VERSION());
    versions.put("Scala", scala.util.Properties.versionNumberString());
    versions.put("Hadoop", VersionInfo.getVersion());
    versions.put("charset", Charset.defaultCharset().name());
    return new ProcessFacts(
        id,
        host,
        versions,
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory(),
        System.getProperty("org.bytedeco.javacpp.maxbytes", "-"),
        System.currentTimeMillis());
  }
}

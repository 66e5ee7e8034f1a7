package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;

/** Real data that tests read, in the folder that {@code DDPM_TEST_DATA} names. */
final class TestData {
  private TestData() {}

  /** A file or folder of it; skips the test where there is none. */
  static Path file(String name) {
    String data = System.getenv("DDPM_TEST_DATA");
    assumeTrue(data != null, "DDPM_TEST_DATA is not set");
    return Path.of(data).resolve(name);
  }
}

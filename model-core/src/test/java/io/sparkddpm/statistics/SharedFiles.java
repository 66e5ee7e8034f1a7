package io.sparkddpm.statistics;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Files outside the project that some tests need; a test is skipped where they are not set. */
public final class SharedFiles {
  private SharedFiles() {}

  /** A file under DDPM_TEST_DATA. */
  public static Path data(String path) {
    return file("DDPM_TEST_DATA", path);
  }

  /** A file under DDPM_TEST_GOLDEN. */
  public static Path golden(String path) {
    return file("DDPM_TEST_GOLDEN", path);
  }

  private static Path file(String variable, String path) {
    String root = System.getenv(variable);
    assumeTrue(root != null && !root.isEmpty(), variable + " is not set");
    Path file = Path.of(root, path);
    assumeTrue(Files.exists(file), file + " does not exist");
    return file;
  }

  /** The arrays of an archive under DDPM_TEST_GOLDEN. */
  public static Map<String, NpyArray> goldenArrays(String path) throws IOException {
    Path file = golden(path);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      return Npz.read(in, file.toString());
    }
  }
}

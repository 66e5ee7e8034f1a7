package io.sparkddpm.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/** The version of this program, as the build wrote it. */
public final class SoftwareVersion {
  /** Such as {@code 0.1.0}. */
  public static final String CURRENT = load();

  private SoftwareVersion() {}

  private static String load() {
    try (InputStream in = SoftwareVersion.class.getResourceAsStream("version.properties")) {
      if (in == null) {
        throw new IllegalStateException("version.properties is not on the class path");
      }
      Properties properties = new Properties();
      properties.load(new InputStreamReader(in, StandardCharsets.UTF_8));
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

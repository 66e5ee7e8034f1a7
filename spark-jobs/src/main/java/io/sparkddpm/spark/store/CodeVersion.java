package io.sparkddpm.spark.store;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.artifact.SoftwareVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** What code this JVM runs: the program's version and, from a jar, a digest of what is in it. */
final class CodeVersion {
  /** Such as {@code 0.1.0 (build 1a2b3c4d)}. */
  static final String CURRENT = SoftwareVersion.CURRENT + build();

  private static final int SHOWN_DIGITS = 8;

  private CodeVersion() {}

  private static String build() {
    CodeSource source = CodeVersion.class.getProtectionDomain().getCodeSource();
    if (source == null || !"file".equals(source.getLocation().getProtocol())) {
      return "";
    }
    Path jar = Path.of(URI.create(source.getLocation().toString()));
    return Files.isRegularFile(jar)
        ? " (build " + digest(jar).substring(0, SHOWN_DIGITS) + ")"
        : "";
  }

  /** Of the names and checksums of all entries: a jar's directory is read, not its content. */
  private static String digest(Path jar) {
    MessageDigest digest = Sha256.digest();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      zip.stream()
          .map(CodeVersion::line)
          .sorted()
          .forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + jar, e);
    }
    return Sha256.hex(digest);
  }

  private static String line(ZipEntry entry) {
    return entry.getName() + " " + entry.getCrc() + "\n";
  }
}

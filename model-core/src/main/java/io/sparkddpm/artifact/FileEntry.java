package io.sparkddpm.artifact;

import static io.sparkddpm.error.Checks.checkArgument;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.io.Serializable;
import java.util.regex.Pattern;

/**
 * A file of an artefact.
 *
 * @param path where it lies, relative to the artefact, with forward slashes
 * @param logicalPath what it is called in the fingerprint: {@code path} without what tells apart
 *     the attempts of a retried task
 * @param size bytes
 * @param sha256 of the whole file, 64 lower-case hexadecimal digits
 * @param records rows, images or the like; null where that has no meaning
 */
@JsonPropertyOrder({"path", "logicalPath", "size", "sha256", "records"})
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FileEntry(String path, String logicalPath, long size, String sha256, Long records)
    implements Serializable {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  public FileEntry {
    checkArgument(isRelative(path), "file path must be relative and stay inside, got '%s'", path);
    logicalPath = logicalPath == null ? path : logicalPath;
    checkArgument(
        isRelative(logicalPath), "logical path must be relative and stay inside, got '%s'", path);
    checkArgument(size >= 0, "size of %s must not be negative, got %s", path, size);
    checkArgument(
        sha256 != null && SHA256.matcher(sha256).matches(),
        "sha256 of %s must be 64 hexadecimal digits, got '%s'",
        path,
        sha256);
    checkArgument(
        records == null || records >= 0, "records of %s must not be negative: %s", path, records);
  }

  /** A file whose name does not depend on the attempt, without a record count. */
  public FileEntry(String path, long size, String sha256) {
    this(path, path, size, sha256, null);
  }

  /** The same with a record count. */
  public FileEntry withRecords(long count) {
    return new FileEntry(path, logicalPath, size, sha256, count);
  }

  /**
   * Whether {@code path} names something below a directory: no root, no scheme, no dot segments, no
   * control characters.
   */
  public static boolean isRelative(String path) {
    if (path == null || path.isEmpty() || path.indexOf(':') >= 0 || path.indexOf('\\') >= 0) {
      return false;
    }
    if (path.chars().anyMatch(Character::isISOControl)) {
      return false;
    }
    for (String segment : path.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        return false;
      }
    }
    return true;
  }
}

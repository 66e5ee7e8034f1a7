package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * Names of local files as text. On Unix a name is bytes; the JVM reads them in the character set of
 * the locale that it was started in. In another one than UTF-8 it does not see files whose names
 * are not ASCII, and where a name's bytes are not UTF-8 it shows U+FFFD in their place: the text no
 * longer leads to the file. Whoever lists local files takes their names from {@link #of}, or asks
 * {@link #isUtf8} and shows {@link #printable}; list with {@code java.nio.file}, whose paths keep
 * the bytes, not with {@code java.io.File} or Hadoop, whose do not.
 */
public final class FileNames {
  /** What the JVM writes in place of bytes that are not of its character set. */
  private static final char REPLACEMENT = '\uFFFD';

  private static final String CHARSET = System.getProperty("sun.jnu.encoding", "unknown");
  private static final boolean READABLE = isUtf8Charset(CHARSET);

  private FileNames() {}

  /**
   * Makes sure that this JVM can read every file name.
   *
   * @throws UserException if it was started in a locale that is not UTF-8, saying what to set
   */
  public static void requireUtf8Locale() {
    if (!READABLE) {
      throw new UserException(
          "this Java process runs in a locale of character set %s, in which it does not see files"
              + " whose names are not ASCII: start it with LC_ALL=C.UTF-8 in its environment (for"
              + " executors --spark-conf spark.executorEnv.LC_ALL=C.UTF-8), or another UTF-8 locale"
              + " that 'locale -a' lists",
          CHARSET);
    }
  }

  /**
   * The last name of {@code path}.
   *
   * @param path from a listing, or made of text
   * @throws UserException if it is not UTF-8, naming the directory and the file
   */
  public static String of(Path path) {
    if (!isUtf8(path)) {
      Path directory = path.getParent();
      throw new UserException(
          "the name of a file in %s is not valid UTF-8: %s; rename it",
          directory == null ? "." : printable(directory), printable(path.getFileName()));
    }
    return path.getFileName().toString();
  }

  /** Whether the last name of {@code path} is valid UTF-8. */
  public static boolean isUtf8(Path path) {
    Path name = path.getFileName();
    String text = name.toString();
    // A name may hold the replacement character itself: then its text leads back to the same bytes.
    return text.indexOf(REPLACEMENT) < 0 || path.getFileSystem().getPath(text).equals(name);
  }

  /**
   * Whether {@code text} came from bytes that were not valid UTF-8, as far as text can show: it
   * holds U+FFFD.
   */
  public static boolean isReplaced(String text) {
    return text.indexOf(REPLACEMENT) >= 0;
  }

  /** {@code path} for a message: bytes that are not UTF-8 as {@code \xhh}. */
  public static String printable(Path path) {
    String text = path.toString();
    if (!isReplaced(text)) {
      return text;
    }
    String uri = path.toUri().getRawPath(); // the only form in which Java gives out the bytes
    String absolute = printableBytes(bytes(uri));
    return path.isAbsolute() ? absolute : lastParts(absolute, path.getNameCount());
  }

  private static String lastParts(String absolute, int count) {
    int from = absolute.length();
    for (int i = 0; i < count; i++) {
      from = absolute.lastIndexOf('/', from - 1);
    }
    return absolute.substring(from + 1);
  }

  /** Of a percent-encoded path without the slash that ends a directory's. */
  private static byte[] bytes(String rawPath) {
    String path = rawPath.endsWith("/") ? rawPath.substring(0, rawPath.length() - 1) : rawPath;
    byte[] bytes = new byte[path.length()];
    int size = 0;
    for (int i = 0; i < path.length(); i++) {
      boolean encoded = path.charAt(i) == '%';
      bytes[size++] = (byte) (encoded ? Integer.parseInt(path, i + 1, i + 3, 16) : path.charAt(i));
      i += encoded ? 2 : 0;
    }
    return Arrays.copyOf(bytes, size);
  }

  private static String printableBytes(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(sequenceLength(bytes[at]), bytes.length - at);
      byte[] sequence = Arrays.copyOfRange(bytes, at, at + length);
      String character = new String(sequence, StandardCharsets.UTF_8);
      if (Arrays.equals(character.getBytes(StandardCharsets.UTF_8), sequence)) {
        text.append(character);
        at += length;
      } else {
        text.append(String.format(Locale.ROOT, "\\x%02x", bytes[at]));
        at++;
      }
    }
    return text.toString();
  }

  /** Bytes of the UTF-8 sequence that begins with {@code first}. */
  private static int sequenceLength(byte first) {
    int ones = Integer.numberOfLeadingZeros(~(first << 24));
    return Math.max(1, Math.min(ones, 4));
  }

  private static boolean isUtf8Charset(String name) {
    try {
      return Charset.forName(name).equals(StandardCharsets.UTF_8);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return false;
    }
  }
}

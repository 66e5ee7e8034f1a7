package io.sparkddpm.spark.session;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which settings of Spark and Hadoop are secrets. The patterns are in {@code secret-keys.txt},
 * which {@code scripts/ddpm} reads too.
 */
public final class SecretKeys {
  /** Parts of a pattern for {@code spark.redaction.regex}: Spark's own default first. */
  private static final String SPARKS_OWN = "secret|password|token|access[.]?key";

  private static final String ANY = String.join("|", patterns());
  private static final Pattern KEY = Pattern.compile(ANY, Pattern.CASE_INSENSITIVE);
  private static final Pattern JAVA_OPTION = Pattern.compile("-D([^\\s=]+)");
  private static final Pattern USER_INFO = Pattern.compile("://[^/@\\s]*:[^/@\\s]*@");

  private SecretKeys() {}

  /** Whether the value of {@code key} is a secret. */
  public static boolean isSecret(String key) {
    return KEY.matcher(key).find();
  }

  /**
   * Refuses settings of a command line that hold a secret: command lines are seen by every user of
   * the machine, and by Spark's pages.
   *
   * @param origin the option, for the message
   * @throws UserException naming the first such key, not its value
   */
  public static void refuse(String origin, Map<String, String> settings) {
    settings.forEach(
        (key, value) -> {
          Optional<String> option = secretJavaOption(value);
          if (isSecret(key) || option.isPresent() || USER_INFO.matcher(value).find()) {
            throw new UserException(
                "%s %s%s would put a credential on the command line, which every user of this"
                    + " machine sees: write it into a file of settings that only you can read, and"
                    + " name that as DDPM_SPARK_PROPERTIES, or give it to Hadoop's providers"
                    + " (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment,"
                    + " core-site.xml, or hadoop.security.credential.provider.path)",
                origin, key, option.map(o -> " (-D" + o + ")").orElse(""));
          }
        });
  }

  private static Optional<String> secretJavaOption(String value) {
    return JAVA_OPTION
        .matcher(value)
        .results()
        .map(found -> found.group(1))
        .filter(SecretKeys::isSecret)
        .findFirst();
  }

  /** What Spark's pages and event logs must not show, for {@code spark.redaction.regex}. */
  static String redaction() {
    return "(?i)" + SPARKS_OWN + "|" + ANY;
  }

  private static List<String> patterns() {
    try (InputStream in = SecretKeys.class.getResourceAsStream("secret-keys.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

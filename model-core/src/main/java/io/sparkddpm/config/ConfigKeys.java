package io.sparkddpm.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Spelling of keys. */
final class ConfigKeys {
  private static final Pattern HUMP = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");

  private ConfigKeys() {}

  /** {@code averagingFrequency} → {@code averaging-frequency}. */
  static String ofComponent(String name) {
    return HUMP.matcher(name).replaceAll("-").toLowerCase(Locale.ROOT);
  }

  /** {@code BETA_TILDE} → {@code beta-tilde}. */
  static String ofEnum(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The known key that is most like {@code key}, whole or by its last part. */
  static Optional<String> nearest(String key, Collection<String> known) {
    return known.stream()
        .min(
            Comparator.<String>comparingInt(
                    k -> Math.min(distance(key, k), 1 + distance(lastPart(key), lastPart(k))))
                .thenComparingInt(k -> distance(key, k))
                .thenComparing(Comparator.naturalOrder()));
  }

  private static String lastPart(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}

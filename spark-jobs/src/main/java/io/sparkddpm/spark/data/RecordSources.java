package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The sources that {@link ServiceLoader} finds, by their names. */
public final class RecordSources {
  private RecordSources() {}

  /** All names. */
  public static List<String> names() {
    return all().stream().map(RecordSource::name).sorted().toList();
  }

  /**
   * The source of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static RecordSource named(String name) {
    List<RecordSource> found = all().stream().filter(s -> s.name().equals(name)).toList();
    checkArgument(
        found.size() == 1,
        "shard.format must be one of %s, got %s",
        String.join(", ", names()),
        name);
    return found.get(0);
  }

  /** Sources of images by the extensions of their files. */
  public static Map<String, ImageSource> byExtension() {
    Map<String, ImageSource> sources = new TreeMap<>();
    for (RecordSource source : all()) {
      if (source instanceof ImageSource images) {
        images.extensions().forEach(extension -> sources.put(extension, images));
      }
    }
    return sources;
  }

  private static List<RecordSource> all() {
    return ServiceLoader.load(RecordSource.class, RecordSource.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }
}

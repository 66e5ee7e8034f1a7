package io.sparkddpm.spark.data;

import io.sparkddpm.config.ConfigBinder;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The sources that {@link ServiceLoader} finds, by their names. */
public final class RecordSources {
  private RecordSources() {}

  /** All names. */
  public static List<String> names() {
    return ConfigBinder.types(RecordSource.class);
  }

  /** Sources of images by their names. */
  public static Map<String, ImageSource> ofImages() {
    Map<String, ImageSource> sources = new TreeMap<>();
    for (RecordSource source :
        ServiceLoader.load(RecordSource.class, RecordSource.class.getClassLoader())) {
      if (source instanceof ImageSource images) {
        sources.put(ConfigBinder.type(images), images);
      }
    }
    return sources;
  }

  /** Sources of images by the extensions of their files. */
  public static Map<String, ImageSource> byExtension() {
    Map<String, ImageSource> sources = new TreeMap<>();
    for (ImageSource source : ofImages().values()) {
      source.extensions().forEach(extension -> sources.put(extension, source));
    }
    return sources;
  }
}

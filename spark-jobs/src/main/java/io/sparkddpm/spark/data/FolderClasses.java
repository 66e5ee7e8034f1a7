package io.sparkddpm.spark.data;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Classes of files that lie in folders, in the order in which they are found; labels go by the
 * names' own order.
 */
final class FolderClasses {
  private final Map<String, Integer> numbers = new LinkedHashMap<>();

  /** The number of a class until all are known. */
  int number(String name) {
    return numbers.computeIfAbsent(name, n -> numbers.size());
  }

  /** A listing whose slices have numbers of classes, with labels in their place. */
  SourceListing label(SourceListing.Builder slices) {
    List<String> names = numbers.keySet().stream().sorted().toList();
    int[] labels = numbers.keySet().stream().mapToInt(names::indexOf).toArray();
    return slices.build(names).relabelled(labels).labelled(names);
  }
}

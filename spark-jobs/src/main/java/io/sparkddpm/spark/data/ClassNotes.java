package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.Manifest;
import java.util.ArrayList;
import java.util.List;

/**
 * Names of classes in manifests of artefacts that come from a dataset. They are notes, so that
 * fingerprints do not depend on them.
 */
public final class ClassNotes {
  private static final String PREFIX = "class";

  private ClassNotes() {}

  /** Notes names, by label. */
  public static void write(List<String> names, Manifest.Builder manifest) {
    for (int label = 0; label < names.size(); label++) {
      manifest.note(Dataset.numbered(PREFIX, label), names.get(label));
    }
  }

  /** Names by label; empty where none are noted. */
  public static List<String> read(Manifest manifest) {
    List<String> names = new ArrayList<>();
    String name = manifest.notes().get(Dataset.numbered(PREFIX, 0));
    while (name != null) {
      names.add(name);
      name = manifest.notes().get(Dataset.numbered(PREFIX, names.size()));
    }
    return names;
  }
}

package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.config.Key;
import io.sparkddpm.medium.ImageMedium;
import io.sparkddpm.medium.Medium;
import java.util.Map;
import java.util.TreeMap;

/** What records are to people, in manifests; nothing is noted of images. */
record MediumNote(@Key("what the items are") Medium medium) {
  private static final String PREFIX = "medium.";
  private static final MediumNote DEFAULTS = new MediumNote(new ImageMedium());

  /** Notes it. */
  void write(Manifest.Builder manifest) {
    if (!equals(DEFAULTS)) {
      ConfigText.flatten(this).forEach(manifest::note);
    }
  }

  /**
   * What is noted.
   *
   * @throws io.sparkddpm.error.UserException if this version has no such medium
   */
  static MediumNote read(Manifest manifest) {
    Map<String, String> notes = new TreeMap<>(manifest.notes());
    notes.keySet().removeIf(key -> !key.startsWith(PREFIX));
    String origin = "the manifest of this " + manifest.kind();
    return ConfigBinder.bind(DEFAULTS, ConfigLayer.values(origin, notes));
  }
}

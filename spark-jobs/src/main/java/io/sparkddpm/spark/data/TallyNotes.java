package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.image.ImageTally;

/** Records what a decoder has met in a manifest, so that a repeated command warns again. */
public final class TallyNotes {
  private static final String IMAGES = "image-files";
  private static final String JPEGS = "jpeg-files";
  private static final String ORIENTED = "oriented-files";

  private TallyNotes() {}

  /** Adds counts that warnings are made from; notes are no part of the fingerprint. */
  public static void write(Manifest.Builder manifest, ImageTally tally) {
    if (tally.jpegs() + tally.oriented() > 0) {
      manifest
          .note(IMAGES, tally.images())
          .note(JPEGS, tally.jpegs())
          .note(ORIENTED, tally.oriented());
    }
  }

  /** What was written; nothing if there was nothing. */
  public static ImageTally read(Manifest manifest) {
    if (!manifest.notes().containsKey(ORIENTED)) {
      return ImageTally.NONE;
    }
    return new ImageTally(
        number(manifest, IMAGES), number(manifest, JPEGS), number(manifest, ORIENTED));
  }

  private static long number(Manifest manifest, String note) {
    return Long.parseLong(manifest.notes().getOrDefault(note, "0"));
  }
}

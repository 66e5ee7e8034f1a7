package io.sparkddpm.image;

import java.io.Serializable;
import java.util.Locale;
import java.util.Optional;

/**
 * What a decoder has met, for warnings.
 *
 * @param images decoded
 * @param jpegs of them that are JPEG, whatever their names say
 * @param oriented of them whose EXIF data says that the picture is to be turned or mirrored
 */
public record ImageTally(long images, long jpegs, long oriented) implements Serializable {
  /** Of no image. */
  public static final ImageTally NONE = new ImageTally(0, 0, 0);

  /** Says how many images are not upright, if any. */
  public Optional<String> orientationWarning(String where) {
    return oriented == 0
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%s: %d of %d images carry an EXIF orientation, which is ignored",
                where,
                oriented,
                images));
  }

  /** Says how many images are JPEG, if any. */
  public Optional<String> jpegWarning(String where) {
    return jpegs == 0
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%s: %d of %d files are JPEG; its artefacts change distances",
                where,
                jpegs,
                images));
  }

  /** Of both sets of images. */
  public ImageTally plus(ImageTally other) {
    return new ImageTally(images + other.images, jpegs + other.jpegs, oriented + other.oriented);
  }
}

package io.sparkddpm.spark.input;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What names decide, in folders and archives alike. A name never makes a file an image: it only
 * says that a file was meant as one, so that a damaged or foreign one is refused rather than passed
 * over.
 */
final class ImageNames {
  private static final String MACOS = "__MACOSX";

  /** Extensions of images, of kinds that are not read too. */
  private static final Set<String> IMAGES =
      Set.of(
          "png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "bmp", "tif", "tiff", "ppm", "pgm",
          "pbm", "pnm", "tga", "avif", "heic", "heif", "jp2", "jxl");

  private ImageNames() {}

  /** Why a file or folder of that name, without its parents', is passed over unseen. */
  static Optional<String> passedOver(String name) {
    if (name.startsWith(".")) {
      return Optional.of("hidden");
    }
    return name.equals(MACOS) ? Optional.of("macOS's own") : Optional.empty();
  }

  /** Whether a file of that name is meant as an image. */
  static boolean isImage(String name) {
    int dot = name.lastIndexOf('.');
    return dot >= 0 && IMAGES.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
  }
}

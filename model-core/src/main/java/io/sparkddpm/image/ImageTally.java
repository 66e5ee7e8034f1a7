package io.sparkddpm.image;

import java.io.Serializable;

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

  /** Of both sets of images. */
  public ImageTally plus(ImageTally other) {
    return new ImageTally(images + other.images, jpegs + other.jpegs, oriented + other.oriented);
  }
}

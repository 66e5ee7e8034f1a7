package io.sparkddpm.medium;

import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ShapesImages;
import java.util.List;

/** The coloured shapes of {@link ShapesImages}, as PNG files. */
public final class DrawnImages implements DrawnItems {
  @Override
  public String name() {
    return "images";
  }

  @Override
  public String extension() {
    return "png";
  }

  @Override
  public List<String> classNames() {
    return ShapesImages.CLASS_NAMES;
  }

  @Override
  public byte[] file(long seed, long index) {
    return ImageCodec.encodePng(ShapesImages.draw(seed, index).image());
  }
}

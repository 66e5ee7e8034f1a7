package io.sparkddpm.medium;

import io.sparkddpm.config.Variant;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.tensor.Batch;
import java.util.List;

/** Images of 8 bits, [C, H, W], as PNG files. */
@Variant(value = "image", description = "PNG files")
public record ImageMedium() implements Medium {
  private static final long serialVersionUID = 1L;

  @Override
  public String plural() {
    return "images";
  }

  @Override
  public String extension() {
    return "png";
  }

  @Override
  public boolean isBounded() {
    return true;
  }

  @Override
  public byte[] write(Batch items, int index) {
    return ImageCodec.encodePng(Pixels.toImage(items, index));
  }

  @Override
  public Batch read(byte[] file, String name) {
    return Pixels.toBatch(List.of(picture(file, name)));
  }

  @Override
  public ByteImage picture(byte[] file, String name) {
    return ImageCodec.decode(file, name);
  }
}

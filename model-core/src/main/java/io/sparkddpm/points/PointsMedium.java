package io.sparkddpm.points;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.tensor.Batch;
import java.util.Objects;

/**
 * Sets of points in space, [3, 1, N], as binary PLY files of float32 coordinates.
 *
 * @param scale by which the sets of a dataset were centred and scaled
 */
@Variant(value = "points", description = "PLY files of points in space")
public record PointsMedium(@Key("how sets were centred and scaled") PointScale scale)
    implements Medium {
  private static final long serialVersionUID = 1L;

  /** With a variance of 1, as diffusion models want it. */
  public PointsMedium() {
    this(PointScale.DEVIATION);
  }

  /** Refuses null. */
  public PointsMedium {
    Objects.requireNonNull(scale);
  }

  @Override
  public String plural() {
    return "sets of points";
  }

  @Override
  public String extension() {
    return "ply";
  }

  @Override
  public boolean isBounded() {
    return scale == PointScale.BALL;
  }

  @Override
  public byte[] write(Batch items, int index) {
    return Ply.write(PointSet.of(items, index));
  }

  @Override
  public Batch read(byte[] file, String name) {
    return Ply.read(file, name).toBatch();
  }

  @Override
  public ByteImage picture(byte[] file, String name) {
    return PointsPicture.of(Ply.read(file, name));
  }
}

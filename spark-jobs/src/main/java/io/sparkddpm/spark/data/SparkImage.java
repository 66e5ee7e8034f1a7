package io.sparkddpm.spark.data;

import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import java.util.List;
import org.apache.spark.sql.Row;

/** Pixels by Spark's image schema: rows of blue, green, red and perhaps alpha, or grey. */
final class SparkImage {
  static final List<String> FIELDS = List.of("height", "width", "nChannels", "mode", "data");

  private static final int OPAQUE = 255;

  private SparkImage() {}

  /** The same pixels as a PNG file; null if there are none, or they are transparent. */
  static byte[] png(Row image) {
    if (image == null) {
      return null;
    }
    int height = image.getInt(image.fieldIndex("height"));
    int width = image.getInt(image.fieldIndex("width"));
    int stored = image.getInt(image.fieldIndex("nChannels"));
    byte[] data = image.getAs("data");
    boolean known = (stored == 1 || stored == 3 || stored == 4) && height > 0 && width > 0;
    if (!known || data == null || data.length != (long) height * width * stored) {
      return null;
    }
    int channels = Math.min(stored, 3);
    int area = height * width;
    byte[] planes = new byte[channels * area];
    for (int p = 0; p < area; p++) {
      if (stored == 4 && (data[4 * p + 3] & 0xFF) != OPAQUE) {
        return null;
      }
      for (int c = 0; c < channels; c++) {
        planes[c * area + p] = data[stored * p + channels - 1 - c];
      }
    }
    return ImageCodec.encodePng(new ByteImage(planes, channels, height, width));
  }
}

package io.sparkddpm.spark.sampling;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.NpzWriter;
import io.sparkddpm.image.ByteImage;
import java.io.IOException;
import java.io.OutputStream;

/** All pixels as numpy's array arr_0, uint8, [N, H, W, C]; written image by image. */
final class PixelArray implements AutoCloseable {
  private final NpzWriter writer;
  private final long count;
  private final int channels;
  private boolean begun;

  /**
   * @param count number of images that will be added
   * @param channels of an image; PNG decodes grey to three equal ones
   */
  PixelArray(OutputStream out, long count, int channels) {
    this.writer = new NpzWriter(out);
    this.count = count;
    this.channels = channels;
  }

  void add(ByteImage image) throws IOException {
    if (!begun) {
      begun = true;
      writer.begin(
          "arr_0",
          NpyArray.Type.UINT8,
          Math.toIntExact(count),
          image.height(),
          image.width(),
          channels);
    }
    int pixels = image.height() * image.width();
    byte[] interleaved = new byte[channels * pixels];
    for (int c = 0; c < channels; c++) {
      for (int p = 0; p < pixels; p++) {
        interleaved[p * channels + c] = image.data()[c * pixels + p];
      }
    }
    writer.write(interleaved, 0, interleaved.length);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}

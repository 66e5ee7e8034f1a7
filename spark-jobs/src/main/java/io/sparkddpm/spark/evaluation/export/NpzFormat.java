package io.sparkddpm.spark.evaluation.export;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.NpzWriter;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.hadoop.conf.Configuration;

/** One numpy file: arr_0 of bytes [N, H, W, 3] and, where there are labels, arr_1 [N]. */
final class NpzFormat implements ImageFormat {
  private static final long serialVersionUID = 1L;
  private static final int CHANNELS = 3;

  @Override
  public String name() {
    return "npz";
  }

  @Override
  public boolean isOneFile() {
    return true;
  }

  @Override
  public void write(Configuration conf, ImageChunk chunk) {
    chunk.write(conf, "images.npz", out -> write(conf, chunk, out));
  }

  private static void write(Configuration conf, ImageChunk chunk, OutputStream out)
      throws IOException {
    int count = Math.toIntExact(chunk.all());
    ByteBuffer labels = ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    NpzWriter npz = new NpzWriter(out);
    int[] size = new int[2];
    chunk.forEach(
        conf,
        (index, label, image) -> {
          if (index == 0) {
            size[0] = image.height();
            size[1] = image.width();
            npz.begin("arr_0", NpyArray.Type.UINT8, count, size[0], size[1], CHANNELS);
          }
          if (image.height() != size[0] || image.width() != size[1]) {
            throw new UserException(
                "image %d is %d high and %d wide, the first one %d and %d: an array holds images of"
                    + " one size",
                index, image.height(), image.width(), size[0], size[1]);
          }
          byte[] pixels = interleaved(image.toRgb());
          npz.write(pixels, 0, pixels.length);
          labels.putInt(label);
        });
    if (chunk.labelled()) {
      npz.add("arr_1", new NpyArray(NpyArray.Type.INT32, new int[] {count}, labels.array()));
    }
    npz.close();
  }

  private static byte[] interleaved(ByteImage image) {
    int area = image.height() * image.width();
    byte[] pixels = new byte[CHANNELS * area];
    for (int c = 0; c < CHANNELS; c++) {
      for (int p = 0; p < area; p++) {
        pixels[p * CHANNELS + c] = image.data()[c * area + p];
      }
    }
    return pixels;
  }
}

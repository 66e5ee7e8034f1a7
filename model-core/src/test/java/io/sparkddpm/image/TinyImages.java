package io.sparkddpm.image;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Image files of some hundred bytes, put together segment by segment. */
final class TinyImages {
  static final int W = 11;
  static final int H = 9;
  private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  private TinyImages() {}

  /** EXIF data of one entry. */
  static byte[] exif(int orientation) {
    return ByteBuffer.allocate(26)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[] {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0})
        .putShort((short) 0x0112)
        .putShort((short) 3)
        .putInt(1)
        .putInt(orientation)
        .array();
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static RandomStream random(int which) {
    return RandomStream.of(23, Purpose.SHAPES, which);
  }

  static byte[] chunk(String type, byte... body) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(body);
    return ByteBuffer.allocate(12 + body.length)
        .putInt(body.length)
        .put(name)
        .put(body)
        .putInt((int) crc.getValue())
        .array();
  }

  static byte[] header(int width, int height, int bits, int colour, int interlaced) {
    byte[] body = new byte[13];
    ByteBuffer.wrap(body).putInt(width).putInt(height).put((byte) bits).put((byte) colour);
    body[12] = (byte) interlaced;
    return chunk("IHDR", body);
  }

  static byte[] deflate(byte[] raw) {
    Deflater deflater = new Deflater(9);
    deflater.setInput(raw);
    deflater.finish();
    byte[] out = new byte[raw.length + 64];
    int n = deflater.deflate(out);
    deflater.end();
    return Arrays.copyOf(out, n);
  }

  /** A file of these chunks between header and end. */
  static byte[] png(byte[]... chunks) {
    return join(PNG_SIGNATURE, join(chunks), chunk("IEND"));
  }

  /** Filtered rows at random: whatever they hold, they are an image. All filters are used. */
  static byte[] pngRows(int bits, int colour, boolean interlaced) {
    int samples = new int[] {1, 0, 3, 1, 2, 0, 4}[colour];
    int[][] passes =
        interlaced
            ? new int[][] {
              {0, 0, 8, 8},
              {4, 0, 8, 8},
              {0, 4, 4, 8},
              {2, 0, 4, 4},
              {0, 2, 2, 4},
              {1, 0, 2, 2},
              {0, 1, 1, 2}
            }
            : new int[][] {{0, 0, 1, 1}};
    RandomStream random = random(bits * 16 + colour);
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    for (int[] p : passes) {
      int width = (W - p[0] + p[2] - 1) / p[2];
      for (int y = p[1]; y < H && width > 0; y += p[3]) {
        rows.write(random.nextInt(5));
        for (int i = (width * samples * bits + 7) / 8; i > 0; i--) {
          rows.write(random.nextInt(256));
        }
      }
    }
    return rows.toByteArray();
  }

  static byte[] png(int bits, int colour, boolean interlaced, byte[]... more) {
    byte[] pixels = deflate(pngRows(bits, colour, interlaced));
    byte[] palette = new byte[3 << bits];
    for (int i = 0; i < palette.length; i++) {
      palette[i] = (byte) (i * 37);
    }
    int half = pixels.length / 2; // the pixels may lie in several chunks
    return png(
        header(W, H, bits, colour, interlaced ? 1 : 0),
        colour == PngHeader.PALETTE ? chunk("PLTE", palette) : new byte[0],
        join(more),
        chunk("IDAT", Arrays.copyOf(pixels, half)),
        chunk("IDAT"),
        chunk("IDAT", Arrays.copyOfRange(pixels, half, pixels.length)));
  }

  /** Smooth components, [H, W, bands]. */
  static Raster raster(int bands) {
    WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, W, H, bands, null);
    for (int y = 0; y < H; y++) {
      for (int x = 0; x < W; x++) {
        for (int b = 0; b < bands; b++) {
          raster.setSample(x, y, b, (int) (128 + 110 * Math.sin((x * (b + 1) + y) / 6.0 + 2 * b)));
        }
      }
    }
    return raster;
  }

  private static BufferedImage rgb() {
    Raster raster = raster(3);
    BufferedImage image = new BufferedImage(W, H, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < H; y++) {
      for (int x = 0; x < W; x++) {
        int[] p = raster.getPixel(x, y, (int[]) null);
        image.setRGB(x, y, p[0] << 16 | p[1] << 8 | p[2]);
      }
    }
    return image;
  }

  private static byte[] write(
      String type, IIOImage image, String compression, boolean progressive) {
    ImageWriter writer = ImageIO.getImageWritersByMIMEType(type).next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionType(compression);
    if (compression.equals("JPEG")) {
      param.setCompressionQuality(0.95f);
    }
    if (progressive) {
      param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, image, param);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** With JFIF's marker, chroma at half size. */
  static byte[] jpeg(boolean progressive) {
    return write("image/jpeg", new IIOImage(rgb(), null, null), "JPEG", progressive);
  }

  /** The components of {@link #raster} as they are, without markers; ids 1, 2, 3 (4). */
  static byte[] bareJpeg(int bands) {
    byte[] file = write("image/jpeg", new IIOImage(raster(bands), null, null), "JPEG", false);
    return JpegSegments.read(file, "bare").image();
  }

  static byte[] segment(int marker, byte[]... body) {
    byte[] all = join(body);
    return ByteBuffer.allocate(4 + all.length)
        .put((byte) 0xFF)
        .put((byte) marker)
        .putShort((short) (2 + all.length))
        .put(all)
        .array();
  }

  static byte[] jfif() {
    return segment(0xE0, new byte[] {'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0});
  }

  static byte[] adobe(int transform) {
    return segment(
        0xEE, new byte[] {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform});
  }

  static byte[] jpegExif(int orientation) {
    return segment(0xE1, new byte[] {'E', 'x', 'i', 'f', 0, 0}, exif(orientation));
  }

  /** A file with these segments after its first marker. */
  static byte[] with(byte[] jpeg, byte[]... segments) {
    return join(Arrays.copyOf(jpeg, 2), join(segments), Arrays.copyOfRange(jpeg, 2, jpeg.length));
  }

  static byte[] webp(boolean lossless) {
    return write(
        "image/webp", new IIOImage(rgb(), null, null), lossless ? "Lossless" : "Lossy", false);
  }

  /** In the extended layout, with flags and EXIF data. */
  static byte[] extendedWebp(boolean lossless, int flags, int orientation) {
    byte[] plain = webp(lossless);
    byte[] canvas = new byte[10];
    canvas[0] = (byte) flags;
    canvas[4] = W - 1;
    canvas[7] = H - 1;
    byte[] body =
        join(
            riffChunk("VP8X", canvas),
            Arrays.copyOfRange(plain, 12, plain.length),
            riffChunk("EXIF", exif(orientation)));
    byte[] all = join(Arrays.copyOf(plain, 12), body);
    ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).putInt(4, all.length - 8);
    return all;
  }

  private static byte[] riffChunk(String type, byte[] body) {
    return ByteBuffer.allocate(8 + body.length + body.length % 2)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(type.getBytes(StandardCharsets.US_ASCII))
        .putInt(body.length)
        .put(body)
        .array();
  }
}

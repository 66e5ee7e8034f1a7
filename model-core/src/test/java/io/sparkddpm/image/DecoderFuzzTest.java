package io.sparkddpm.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.sparkddpm.error.SuppressForbidden;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Damages small valid files at random: each must give an image or a {@link BadImageException} that
 * names it. A PNG's damage is detected by its checksums, so it gives its true pixels or none. More
 * of it: -Dddpm.fuzz.mutants=50000 -Dddpm.fuzz.seed=7.
 */
class DecoderFuzzTest {
  private static final long SEED = Long.getLong("ddpm.fuzz.seed", 20_261);
  private static final int MUTANTS = Integer.getInteger("ddpm.fuzz.mutants", 2_000);

  /** Files of one image are far below it: only a header that lies asks for more. */
  private static final long HEAP = 1 << 20;

  private static List<byte[]> files(FileFormat format) {
    return switch (format) {
      case PNG ->
          List.of(
              TinyImages.png(8, PngHeader.RGB, false, TinyImages.chunk("eXIf", TinyImages.exif(6))),
              TinyImages.png(2, PngHeader.PALETTE, false, TinyImages.chunk("tRNS", (byte) 255)),
              TinyImages.png(16, PngHeader.GREY, true));
      case JPEG ->
          List.of(
              TinyImages.with(TinyImages.jpeg(false), TinyImages.jpegExif(6)),
              TinyImages.jpeg(true),
              TinyImages.with(TinyImages.bareJpeg(4), TinyImages.adobe(2)));
      case WEBP ->
          List.of(
              TinyImages.webp(false), TinyImages.webp(true), TinyImages.extendedWebp(false, 8, 6));
    };
  }

  @SuppressForbidden("prints the seed that repeats it")
  @ParameterizedTest
  @EnumSource
  void mutantsGiveAnImageOrARefusal(FileFormat format) {
    List<byte[]> files = files(format);
    List<ByteImage> images = new ArrayList<>();
    for (byte[] file : files) {
      images.add(new ImageDecoder(HEAP).decode(file, "whole"));
    }
    int read = 0;
    for (int i = 0; i < MUTANTS; i++) {
      RandomStream random = RandomStream.of(SEED, Purpose.SHAPES, format.ordinal(), i);
      int which = random.nextInt(files.size());
      byte[] mutant = files.get(which);
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        mutant = mutate(mutant, random);
      }
      boolean healed = format == FileFormat.PNG && random.nextInt(2) == 0;
      if (healed) { // past the checksums of chunks, to what lies in them
        mutant = withRightChecksums(mutant);
      }
      try {
        ByteImage image = new ImageDecoder(HEAP).decode(mutant, "mutant");
        read++;
        if (format == FileFormat.PNG && !healed) {
          assertEquals(images.get(which), image, repeat(format, i));
        }
      } catch (BadImageException e) {
        assertTrue(e.getMessage().startsWith("mutant "), e.getMessage() + repeat(format, i));
        assertTrue(!e.getMessage().contains("null"), e.getMessage() + repeat(format, i));
      } catch (Throwable e) { // whatever else it is, is what this test is for
        fail(repeat(format, i), e);
      }
    }
    System.out.println(
        String.format(
            Locale.ROOT,
            "fuzz %s: seed %d, %d mutants, %d read, %d refused",
            format.title(),
            SEED,
            MUTANTS,
            read,
            MUTANTS - read));
    assertTrue(read < MUTANTS);
  }

  private static String repeat(FileFormat format, int i) {
    return " (" + format + ", mutant " + i + ": -Dddpm.fuzz.seed=" + SEED + ")";
  }

  private static byte[] mutate(byte[] file, RandomStream random) {
    if (file.length < 16) {
      return file;
    }
    byte[] mutant = file.clone();
    int at = random.nextInt(file.length);
    switch (random.nextInt(7)) {
      case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> mutant[at] = (byte) random.nextInt(256);
      case 2 -> mutant[random.nextInt(Math.min(64, file.length))] = (byte) random.nextInt(256);
      case 3 -> { // a length or size
        int value = new int[] {0, 1, 0xFF, 0xFFFF, 0x7FFFFFFF, -1, 70_000}[random.nextInt(7)];
        ByteBuffer.wrap(mutant).putInt(Math.min(at, file.length - 4), value);
      }
      case 4 -> mutant = Arrays.copyOf(file, at);
      case 5 -> { // a piece left out
        int n = Math.min(1 + random.nextInt(12), file.length - at);
        mutant = Arrays.copyOf(file, file.length - n);
        System.arraycopy(file, at + n, mutant, at, file.length - at - n);
      }
      default -> { // a piece twice
        int n = Math.min(1 + random.nextInt(40), file.length - at);
        mutant = Arrays.copyOf(file, file.length + n);
        System.arraycopy(file, at, mutant, at + n, file.length - at);
      }
    }
    return mutant;
  }

  /** The chunks that can still be followed get the checksum of what they now hold. */
  private static byte[] withRightChecksums(byte[] png) {
    byte[] out = png.clone();
    ByteBuffer in = ByteBuffer.wrap(out);
    for (int at = 8; at + 12 <= out.length; ) {
      int length = in.getInt(at);
      if (length < 0 || length > out.length - at - 12) {
        break;
      }
      CRC32 crc = new CRC32();
      crc.update(out, at + 4, 4 + length);
      in.putInt(at + 8 + length, (int) crc.getValue());
      at += 12 + length;
    }
    return out;
  }
}

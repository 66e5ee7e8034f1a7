package io.sparkddpm.sound;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.error.BadRecordException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WavTest {
  private static final int RATE = 8000;

  /** Bytes by the format's own description: RIFF, fmt and data chunks. */
  private static byte[] file(int code, int bits, int channels, byte[] data) {
    ByteBuffer file = ByteBuffer.allocate(44 + data.length).order(ByteOrder.LITTLE_ENDIAN);
    int frame = channels * bits / 8;
    file.put(ascii("RIFF")).putInt(36 + data.length).put(ascii("WAVE"));
    file.put(ascii("fmt ")).putInt(16).putShort((short) code).putShort((short) channels);
    file.putInt(RATE).putInt(RATE * frame).putShort((short) frame).putShort((short) bits);
    return file.put(ascii("data")).putInt(data.length).put(data).array();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static Wav open(byte[] file) throws IOException {
    return new Wav(new ByteArrayInputStream(file));
  }

  private static float[] read(byte[] file) throws IOException {
    try (Wav wav = open(file)) {
      return wav.read((int) wav.length());
    }
  }

  /** Little-endian whole numbers of 8 to 32 bits, or floats. */
  private static byte[] samples(int code, int bits, double... values) {
    ByteBuffer data = ByteBuffer.allocate(values.length * bits / 8).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      if (code == 3) {
        data.putFloat((float) value);
        continue;
      }
      long whole = Math.round(value * (1L << bits - 1)) + (bits == 8 ? 128 : 0);
      for (int i = 0; i < bits / 8; i++) {
        data.put((byte) (whole >> 8 * i));
      }
    }
    return data.array();
  }

  @ParameterizedTest
  @CsvSource({"1, 8", "1, 16", "1, 24", "1, 32", "3, 32"})
  void samplesOfAnyKind(int code, int bits) throws IOException {
    double[] values = {0, 0.5, -0.5, -1, 0.25};
    float[] read = read(file(code, bits, 1, samples(code, bits, values)));
    assertEquals(values.length, read.length);
    for (int i = 0; i < values.length; i++) {
      // Java's library divides by the largest number, not by a power of two
      assertEquals(values[i], read[i], 1.01 / (1L << bits - 1) + 1e-7, "sample " + i);
    }
  }

  @Test
  void channelsAreAveraged() throws IOException {
    byte[] data = samples(3, 32, 0.5, 0.25, -1, 1, 0, 0.5);
    assertArrayEquals(new float[] {0.375f, 0, 0.25f}, read(file(3, 32, 2, data)));
    assertArrayEquals(new float[] {-0.25f / 3, 0.5f}, read(file(3, 32, 3, data)), 1e-7f);
  }

  @Test
  void piecesLieOneAfterTheOther() throws IOException {
    byte[] data = samples(3, 32, 0.1, 0.2, 0.3, 0.4, 0.5);
    try (Wav wav = open(file(3, 32, 1, data))) {
      assertEquals(5, wav.length());
      assertEquals(RATE, wav.rate());
      wav.skip(2);
      assertArrayEquals(new float[] {0.3f, 0.4f}, wav.read(2));
      assertArrayEquals(new float[] {0.5f}, wav.read(1));
    }
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    float[] samples = {0, 0.3f, -0.7f, 1.5f, -1.5f};
    byte[] file = Wav.write(samples, 44_100);
    try (Wav wav = open(file)) {
      assertEquals(44_100, wav.rate());
      float[] read = wav.read(5);
      assertArrayEquals(new float[] {0, 0.3f, -0.7f, 1, -1}, read, 1.1f / 32_768);
    }
    assertArrayEquals(ascii("RIFF"), Arrays.copyOf(file, 4));
    assertEquals(44 + 2 * samples.length, file.length);
  }

  @Test
  void beyondOneFloatsAreClipped() throws IOException {
    assertArrayEquals(new float[] {1, -1}, read(file(3, 32, 1, samples(3, 32, 1.5, -2))));
  }

  private static void assertBad(String message, byte[] file) {
    assertEquals(message, assertThrows(BadRecordException.class, () -> read(file)).getMessage());
  }

  @Test
  void badFilesAreRefused() {
    byte[] good = file(1, 16, 1, samples(1, 16, 0.1, 0.2, 0.3));
    assertBad("is no WAV file", ascii("this is no sound at all, but some text in a file"));
    assertBad("is no WAV file", new byte[0]);
    assertBad("is cut off: it has fewer samples than its header says", Arrays.copyOf(good, 47));
    assertBad("has a sample that is not finite", file(3, 32, 1, samples(3, 32, 0.5, Double.NaN)));
    assertBad("has 9 channels; at most 8 can be read", file(1, 8, 9, new byte[9]));
    assertBad(
        "is encoded as ALAW; WAV files must hold PCM samples", file(6, 8, 1, new byte[] {1, 2}));
  }
}

package io.sparkddpm.sound;

import io.sparkddpm.error.BadRecordException;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioFormat.Encoding;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/**
 * A WAV file that is read from its beginning on, by Java's own sound library: samples of 8 to 32
 * bits or floats in at most 8 channels, which are averaged. For one thread.
 */
public final class Wav implements AutoCloseable {
  /** What files' names end on. */
  public static final String EXTENSION = ".wav";

  private static final List<Encoding> ENCODINGS =
      List.of(Encoding.PCM_SIGNED, Encoding.PCM_UNSIGNED, Encoding.PCM_FLOAT);
  private static final int MOST_CHANNELS = 8;
  private static final int WRITTEN_BITS = 16;
  private static final double LARGEST_WRITTEN = 32_767;

  private final AudioInputStream stored;
  private final AudioFormat format;
  private AudioInputStream floats;

  /**
   * Reads the header.
   *
   * @param file closed with this
   * @throws BadRecordException saying why it cannot be read, as in "is no WAV file"
   * @throws IOException if the stream fails
   */
  public Wav(InputStream file) throws IOException {
    try {
      stored = AudioSystem.getAudioInputStream(new BufferedInputStream(file));
    } catch (UnsupportedAudioFileException e) {
      throw new BadRecordException(e, "is no WAV file");
    }
    format = stored.getFormat();
    if (!ENCODINGS.contains(format.getEncoding())) {
      throw new BadRecordException(
          "is encoded as %s; WAV files must hold PCM samples", format.getEncoding());
    }
    if (format.getChannels() > MOST_CHANNELS) {
      throw new BadRecordException(
          "has %s channels; at most %s can be read", format.getChannels(), MOST_CHANNELS);
    }
  }

  /** Samples a second. */
  public float rate() {
    return format.getSampleRate();
  }

  /** Samples of a channel, as the header says. */
  public long length() {
    return Math.max(0, stored.getFrameLength());
  }

  /** Bytes that all samples of all channels take, as the header says. */
  public long bytes() {
    return length() * format.getFrameSize();
  }

  /**
   * Passes over samples that are not wanted; before the first {@link #read}.
   *
   * @throws BadRecordException if the file ends before
   */
  public void skip(long samples) throws IOException {
    long bytes = samples * format.getFrameSize();
    while (bytes > 0) {
      long skipped = stored.skip(bytes);
      if (skipped <= 0) {
        throw cutOff();
      }
      bytes -= skipped;
    }
  }

  /**
   * The next samples: the mean of the channels; beyond [-1, 1], which floats may be, clipped to it.
   *
   * @throws BadRecordException if the file ends before, or one is not finite
   */
  public float[] read(int samples) throws IOException {
    int channels = format.getChannels();
    if (floats == null) {
      AudioFormat wanted =
          new AudioFormat(
              Encoding.PCM_FLOAT,
              rate(),
              Float.SIZE,
              channels,
              Float.BYTES * channels,
              rate(),
              false);
      floats = AudioSystem.getAudioInputStream(wanted, stored);
    }
    byte[] bytes = new byte[Math.multiplyExact(samples, Float.BYTES * channels)];
    if (floats.readNBytes(bytes, 0, bytes.length) < bytes.length) {
      throw cutOff();
    }
    ByteBuffer from = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    float[] mono = new float[samples];
    for (int i = 0; i < samples; i++) {
      double sum = 0;
      for (int c = 0; c < channels; c++) {
        sum += from.getFloat();
      }
      if (!Double.isFinite(sum)) {
        throw new BadRecordException("has a sample that is not finite");
      }
      mono[i] = (float) Math.max(-1, Math.min(1, sum / channels));
    }
    return mono;
  }

  private BadRecordException cutOff() {
    return new BadRecordException("is cut off: it has fewer samples than its header says");
  }

  @Override
  public void close() throws IOException {
    stored.close();
  }

  /**
   * A mono file of 16-bit samples.
   *
   * @param samples beyond [-1, 1] clipped to it
   * @param rate samples a second
   */
  public static byte[] write(float[] samples, int rate) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Short.BYTES * samples.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float sample : samples) {
      double clipped = Math.max(-1, Math.min(1, sample));
      bytes.putShort((short) Math.rint(clipped * LARGEST_WRITTEN));
    }
    AudioFormat written = new AudioFormat(rate, WRITTEN_BITS, 1, true, false);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (AudioInputStream in =
        new AudioInputStream(new ByteArrayInputStream(bytes.array()), written, samples.length)) {
      AudioSystem.write(in, AudioFileFormat.Type.WAVE, out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return out.toByteArray();
  }
}

package io.sparkddpm.sound;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.error.BadRecordException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;

/**
 * Sounds of one channel, [1, 1, L], as WAV files of 16 bits, and their spectrograms.
 *
 * @param rate samples a second
 */
@Variant(value = "sound", description = "WAV files")
public record SoundMedium(@Key("samples a second") int rate) implements Medium {
  private static final long serialVersionUID = 1L;

  /** At 16 kHz. */
  public SoundMedium() {
    this(16_000);
  }

  /** Checks the rate. */
  public SoundMedium {
    checkArgument(rate >= 1, "a rate must be at least 1, got %s", rate);
  }

  @Override
  public String plural() {
    return "sounds";
  }

  @Override
  public String extension() {
    return "wav";
  }

  @Override
  public boolean isBounded() {
    return true;
  }

  @Override
  public byte[] write(Batch items, int index) {
    items.checkShape("sounds", Shape.of(1, 1, items.itemLength()));
    int from = items.offset(index);
    return Wav.write(Arrays.copyOfRange(items.data(), from, from + items.itemLength()), rate);
  }

  @Override
  public Batch read(byte[] file, String name) {
    float[] samples = samples(file, name);
    return new Batch(samples, 1, Shape.of(1, 1, samples.length));
  }

  @Override
  public ByteImage picture(byte[] file, String name) {
    return Spectrogram.of(samples(file, name));
  }

  private static float[] samples(byte[] file, String name) {
    try (Wav wav = new Wav(new ByteArrayInputStream(file))) {
      return wav.read(Math.toIntExact(wav.length()));
    } catch (BadRecordException | IOException e) {
      throw new BadRecordException(e, "%s %s", name, e.getMessage());
    }
  }
}

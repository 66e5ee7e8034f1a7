package io.sparkddpm.sound;

import io.sparkddpm.medium.DrawnItems;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Notes that the program plays by itself, for trying everything out without data: ten pitches in
 * whole tones from 220 Hz, each a class, of a quarter of a second at 4 kHz. Overtones, attack and
 * decay differ from note to note. Note i is a pure function of (seed, i); classes take turns.
 */
public final class Notes implements DrawnItems {
  /** Samples a second. */
  public static final int RATE = 4_000;

  /** Samples of a note. */
  public static final int LENGTH = 1_024;

  /** The ten classes by label, named after their pitches: {@code 220-hz} and so on. */
  public static final List<String> CLASS_NAMES =
      IntStream.range(0, 10)
          .mapToObj(label -> String.format(Locale.ROOT, "%.0f-hz", pitch(label)))
          .toList();

  private static final double LOWEST = 220;
  private static final double HIGHEST_OVERTONE = 1_900;
  private static final double LOUDEST = 0.9;

  @Override
  public String name() {
    return "sounds";
  }

  @Override
  public String extension() {
    return "wav";
  }

  @Override
  public List<String> classNames() {
    return CLASS_NAMES;
  }

  @Override
  public byte[] file(long seed, long index) {
    return Wav.write(play(seed, index), RATE);
  }

  /** The pitch of a class in hertz. */
  public static double pitch(int label) {
    return LOWEST * StrictMath.pow(2, label / 6.0);
  }

  /** The class of note {@code index}. */
  public static int label(long index) {
    return (int) Math.floorMod(index, 10L);
  }

  /**
   * Note {@code index} of the endless row that belongs to {@code seed}: within 10 cents of its
   * pitch, its loudest sample at ±0.9.
   */
  public static float[] play(long seed, long index) {
    RandomStream random = RandomStream.of(seed, Purpose.NOTES, index);
    double cents = 20 * random.nextDouble() - 10;
    double pitch = pitch(label(index)) * StrictMath.pow(2, cents / 1200);
    double fall = 0.8 + 1.2 * random.nextDouble();
    double evens = random.nextDouble();
    double attack = 0.005 + 0.03 * random.nextDouble();
    double decay = 0.1 + 0.6 * random.nextDouble();
    double[] sum = new double[LENGTH];
    for (int k = 1; k * pitch < HIGHEST_OVERTONE; k++) {
      double loudness = StrictMath.pow(k, -fall) * (k % 2 == 0 ? evens : 1);
      double phase = 2 * Math.PI * random.nextDouble();
      double step = 2 * Math.PI * k * pitch / RATE;
      for (int i = 0; i < LENGTH; i++) {
        double time = (double) i / RATE;
        // higher overtones fade earlier, as those of a string do
        double envelope =
            Math.min(1, time / attack) * StrictMath.exp(-time * StrictMath.sqrt(k) / decay);
        sum[i] += loudness * envelope * StrictMath.sin(phase + step * i);
      }
    }
    double loudest = 0;
    for (double value : sum) {
      loudest = Math.max(loudest, Math.abs(value));
    }
    float[] note = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      note[i] = (float) (LOUDEST * sum[i] / loudest);
    }
    return note;
  }
}

package io.sparkddpm.spark.input;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.sparkddpm.error.SuppressForbidden;
import io.sparkddpm.error.UserException;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;

/**
 * Damages files at random, the same way for the same seed, which it prints; {@code
 * -Dddpm.fuzz.seed} and {@code -Dddpm.fuzz.mutants} choose others.
 */
public final class Mutants {
  private static final long SEED = Long.getLong("ddpm.fuzz.seed", 20261126);
  private static final int COUNT = Integer.getInteger("ddpm.fuzz.mutants", 2000);
  private static final int[] EXTREMES = {0, 1, -1, 0x7F, 0x80, 0xFFFF, 1 << 30, Integer.MAX_VALUE};

  private Mutants() {}

  /** Reads a file; throws what a reader throws. */
  public interface Reader {
    /**
     * Reads a damaged file.
     *
     * @throws Exception whatever; only {@link UserException} passes
     */
    void read(byte[] mutant) throws Exception;
  }

  /**
   * Reads as many mutants as are asked for.
   *
   * @param format for messages, and for other mutants of the same seed
   * @param most bytes that reading one may allocate when its classes are loaded
   * @param reader must return or throw a {@link UserException} of one line
   */
  @SuppressForbidden("prints the seed that repeats it")
  public static void forEach(String format, byte[] whole, long most, Reader reader) {
    String run =
        String.format(
            Locale.ROOT,
            "%d mutants of %s, -Dddpm.fuzz.seed=%d -Dddpm.fuzz.mutants=%d",
            COUNT,
            format,
            SEED,
            COUNT);
    System.out.println(run);
    try {
      reader.read(whole.clone()); // loads classes, too
    } catch (Exception e) {
      throw new AssertionError("the whole file of " + format, e);
    }
    int refused = 0;
    for (int n = 0; n < COUNT; n++) {
      byte[] mutant = mutant(whole, RandomStream.of(SEED, Purpose.SHAPES, format.hashCode(), n));
      String name = "mutant " + n + " of " + run;
      Reading reading = read(mutant, reader, name);
      if (reading.allocated() > most) { // the first to come there loads classes, too
        reading = read(mutant, reader, name);
      }
      refused += reading.isRefused() ? 1 : 0;
      assertTrue(reading.allocated() <= most, name + " took " + reading.allocated() + " bytes");
    }
    assertTrue(refused > 0, "nothing was refused: are these mutants?");
  }

  /** What came of one mutant. */
  private record Reading(boolean isRefused, long allocated) {}

  private static Reading read(byte[] mutant, Reader reader, String name) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    boolean isRefused = false;
    try {
      reader.read(mutant.clone());
    } catch (UserException e) {
      isRefused = true;
      assertTrue(!e.getMessage().isBlank() && e.getMessage().lines().count() == 1, e.getMessage());
    } catch (Exception | Error e) {
      throw new AssertionError(name, e);
    }
    return new Reading(isRefused, threads.getThreadAllocatedBytes(thread) - before);
  }

  private static byte[] mutant(byte[] whole, RandomStream random) {
    byte[] bytes = whole.clone();
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes && bytes.length > 8; i++) {
      bytes = changed(bytes, random);
    }
    return bytes;
  }

  /** Half of all changes go to the ends, where headers and directories are. */
  private static int place(int length, RandomStream random) {
    int ends = Math.min(length, 256);
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(ends);
      case 1 -> length - 1 - random.nextInt(ends);
      default -> random.nextInt(length);
    };
  }

  private static byte[] changed(byte[] bytes, RandomStream random) {
    int at = place(bytes.length, random);
    int length = 1 + random.nextInt(Math.min(64, bytes.length - at));
    switch (random.nextInt(8)) {
      case 0: // cut
        return Arrays.copyOf(bytes, at);
      case 1: // a part is gone
        return joined(Arrays.copyOf(bytes, at), tail(bytes, at + length));
      case 2: // a part is there twice
        return joined(Arrays.copyOf(bytes, at + length), tail(bytes, at));
      case 3: // overwritten
        Arrays.fill(bytes, at, at + length, (byte) random.nextInt(256));
        return bytes;
      case 4: // a number
        int value = EXTREMES[random.nextInt(EXTREMES.length)];
        for (int i = 0; i < 4 && at + i < bytes.length; i++) {
          bytes[at + i] = (byte) (value >> 8 * i);
        }
        return bytes;
      case 5: // a part elsewhere
        System.arraycopy(bytes, at, bytes, random.nextInt(bytes.length - length + 1), length);
        return bytes;
      default: // a bit
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        return bytes;
    }
  }

  private static byte[] tail(byte[] bytes, int from) {
    return Arrays.copyOfRange(bytes, from, bytes.length);
  }

  private static byte[] joined(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}

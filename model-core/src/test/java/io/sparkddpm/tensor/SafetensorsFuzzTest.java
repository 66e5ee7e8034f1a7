package io.sparkddpm.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.SuppressForbidden;
import io.sparkddpm.error.UserException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Damaged and malicious files end in what their bytes say or in a line that names the file. Another
 * seed: {@code -Dddpm.fuzz.seed=N}; more mutants: {@code -Dddpm.fuzz.mutants=N}.
 */
class SafetensorsFuzzTest {
  private static final String FILE = "w.safetensors";
  private static final List<NamedTensor> LAYOUT =
      List.of(
          new NamedTensor("conv.weight", List.of(2, 1, 3, 1), 0),
          new NamedTensor("conv.bias", List.of(2), 6),
          new NamedTensor("scale", List.of(), 8));

  /** What a number in the header may become. */
  private static final String[] NUMBERS = {
    "-1",
    "0",
    "3",
    "4",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "1e9",
    "1.5",
    "null",
    "true",
    "\"4\"",
    "[]",
    "{}",
    "1" + "0".repeat(999)
  };

  /** What any value in the header may become. */
  private static final String[] VALUES = {
    "[[1]]",
    "{\"a\":{\"a\":{}}}",
    "\"F16\"",
    "\"\"",
    "[4,0]",
    "[0,0]",
    "[0,4,8]",
    "[2147483647,2147483647]",
  };

  private final long seed = Long.getLong("ddpm.fuzz.seed", 20_251_126);
  private final SplittableRandom random = new SplittableRandom(seed);

  private static byte[] whole() throws Exception {
    float[] values = {-3.5f, -2, -0f, 1, Float.MIN_VALUE, 3, 4, Float.MAX_VALUE, Float.NaN};
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Safetensors.write(out, LAYOUT, values, Map.of("step", "12", "weights", "raw"));
    return out.toByteArray();
  }

  private static String header(byte[] file) {
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return new String(file, 8, length, StandardCharsets.UTF_8);
  }

  private static byte[] withHeader(byte[] file, String header) {
    int values = 8 + header(file).getBytes(StandardCharsets.UTF_8).length;
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + file.length - values)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .put(file, values, file.length - values)
        .array();
  }

  private static String nested(String open, String close, int depth) {
    return open.repeat(depth) + close.repeat(depth);
  }

  private byte[] mutant(byte[] file) {
    byte[] bytes = file.clone();
    String header = header(file);
    switch (random.nextInt(8)) {
      case 0 -> {
        return flipped(bytes);
      }
      case 1 -> { // cut, or longer
        return Arrays.copyOf(bytes, random.nextInt(bytes.length + 40));
      }
      case 2 -> { // the header's length
        long length = random.nextBoolean() ? random.nextLong() : random.nextInt(-10, 200_000_000);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        return bytes;
      }
      case 3 -> { // a number
        return withHeader(file, replaceOne(header, "\\d+", NUMBERS));
      }
      case 4 -> { // a list or text
        return withHeader(
            file, replaceOne(header, "\\[[^\\]]*\\]|\"F32\"|\\{\"dt[^}]*\\}", VALUES));
      }
      case 5 -> { // nesting
        int depth = 1 << random.nextInt(1, 18);
        String bomb =
            switch (random.nextInt(3)) {
              case 0 -> nested("[", "]", depth);
              case 1 -> "[".repeat(depth);
              default -> nested("{\"a\":", "}", depth);
            };
        return withHeader(file, replaceOne(header, "\\[[^\\]]*\\]|\"F32\"|\"12\"", bomb));
      }
      case 6 -> { // a name, maybe to one that is there
        String[] names = {"\"conv.bias\"", "\"shape\"", "\"__metadata__\"", "\"\"", "\"\\u0000\""};
        return withHeader(file, replaceOne(header, "\"[a-z._]+\"(?=:)", names));
      }
      default -> { // a piece moved within the file
        int from = random.nextInt(bytes.length);
        int length = random.nextInt(bytes.length - from);
        System.arraycopy(file, from, bytes, random.nextInt(bytes.length - length), length);
        return bytes;
      }
    }
  }

  /** A few bits. */
  private byte[] flipped(byte[] bytes) {
    for (int n = random.nextInt(1, 5); n > 0 && bytes.length > 0; n--) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  private String replaceOne(String text, String pattern, String... by) {
    var all = Pattern.compile(pattern).matcher(text).results().toList();
    var one = all.get(random.nextInt(all.size()));
    return text.substring(0, one.start())
        + by[random.nextInt(by.length)]
        + text.substring(one.end());
  }

  /** What was read must be in the bytes: tensors side by side to the file's end. */
  private static void check(byte[] file, Safetensors.Content read) {
    int begin = 8 + (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    ByteBuffer values = ByteBuffer.wrap(file, begin, file.length - begin).slice();
    values.order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(values.capacity(), read.values().length * Float.BYTES);
    for (float value : read.values()) {
      assertEquals(values.getInt(), Float.floatToRawIntBits(value));
    }
    long offset = 0;
    HashSet<String> names = new HashSet<>();
    for (NamedTensor tensor : read.layout()) {
      assertEquals(offset, tensor.offset());
      assertTrue(names.add(tensor.name()), tensor.name());
      offset += tensor.length();
    }
    assertEquals(offset, read.values().length);
  }

  @SuppressForbidden("prints the seed that repeats it")
  @Test
  void everyMutantIsReadRightOrRefusedByName() throws Exception {
    int mutants = Integer.getInteger("ddpm.fuzz.mutants", 4_000);
    System.out.println("safetensors: " + mutants + " mutants, -Dddpm.fuzz.seed=" + seed);
    byte[] whole = whole();
    int read = 0;
    int refused = 0;
    for (int i = 0; i < mutants; i++) {
      byte[] file = random.nextInt(8) == 0 ? flipped(mutant(whole)) : mutant(whole);
      try {
        check(file, Safetensors.read(new ByteArrayInputStream(file), file.length, FILE));
        read++;
      } catch (UserException e) {
        assertTrue(e.getMessage().contains(FILE), e.getMessage());
        assertTrue(e.getMessage().length() < 600, e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        refused++;
      } catch (Throwable e) {
        throw new AssertionError("mutant " + i + " of seed " + seed, e);
      }
      try {
        Safetensors.read(new ByteArrayInputStream(file), file.length, FILE, LAYOUT);
      } catch (UserException e) {
        assertTrue(e.getMessage().contains(FILE), e.getMessage());
      } catch (Throwable e) {
        throw new AssertionError("mutant " + i + " of seed " + seed + ", for a network", e);
      }
    }
    assertTrue(read > mutants / 100 && refused > mutants / 2, read + " read, " + refused);
  }

  @Test
  void aHeaderThatClaimsMuchIsRefusedBeforeAnythingIsAllocated() throws Exception {
    String huge =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483639],\"data_offsets\":[0,8589934556]}}";
    byte[] file = withHeader(whole(), huge);
    UserException e =
        assertThrows(
            UserException.class,
            () -> Safetensors.read(new ByteArrayInputStream(file), file.length, FILE));
    assertEquals(
        FILE + " is truncated: its header promises 2147483639 values of 4 bytes, got 36 bytes",
        e.getMessage());
  }
}

package io.sparkddpm.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SafetensorsTest {
  private static final List<NamedTensor> LAYOUT =
      List.of(
          new NamedTensor("conv.weight", List.of(2, 1, 3, 1), 0),
          new NamedTensor("conv.bias", List.of(2), 6));
  private static final float[] VALUES = {1, -2, 3.5f, Float.MIN_VALUE, -0f, 6, 7, Float.MAX_VALUE};

  private static byte[] file(List<NamedTensor> layout, float[] values) throws IOException {
    var out = new ByteArrayOutputStream();
    Safetensors.write(out, layout, values, Map.of("step", "12"));
    return out.toByteArray();
  }

  private static byte[] file(String header, float... values) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer buffer =
        ByteBuffer.allocate(8 + json.length + 4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putLong(json.length).put(json);
    for (float v : values) {
      buffer.putFloat(v);
    }
    return buffer.array();
  }

  private static String refusal(byte[] file) {
    return assertThrows(
            UserException.class,
            () -> Safetensors.read(new ByteArrayInputStream(file), file.length, "w.st"))
        .getMessage();
  }

  @Test
  void writesTheFormatByteForByte() throws IOException {
    String header =
        "{\"__metadata__\":{\"step\":\"12\"},"
            + "\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[2,1,3,1],\"data_offsets\":[0,24]},"
            + "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]}}";
    header += " ".repeat((8 - header.length() % 8) % 8);
    assertArrayEquals(file(header, VALUES), file(LAYOUT, VALUES));
  }

  @Test
  void readsWhatItWrote() throws IOException {
    byte[] written = file(LAYOUT, VALUES);
    var content = Safetensors.read(new ByteArrayInputStream(written), written.length, "w.st");
    assertEquals(LAYOUT, content.layout());
    assertEquals(Map.of("step", "12"), content.metadata());
    assertArrayEquals(VALUES, content.values());
  }

  @Test
  void largeVectorsGoThroughInChunks() throws IOException {
    float[] values = new float[200_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0.25f;
    }
    var layout = List.of(new NamedTensor("w", List.of(200_001), 0));
    byte[] file = file(layout, values);
    assertArrayEquals(
        values, Safetensors.read(new ByteArrayInputStream(file), file.length, "w.st", layout));
  }

  @Test
  void ordersByTheNetworkNotByTheFile() throws IOException {
    byte[] foreign =
        file(
            "{\"b\":{\"shape\":[2],\"dtype\":\"F32\",\"data_offsets\":[0,8]},"
                + "\"a\":{\"shape\":[1],\"dtype\":\"F32\",\"data_offsets\":[8,12]}}",
            1,
            2,
            3);
    var layout = List.of(new NamedTensor("a", List.of(1), 0), new NamedTensor("b", List.of(2), 1));
    assertArrayEquals(
        new float[] {3, 1, 2},
        Safetensors.read(new ByteArrayInputStream(foreign), foreign.length, "w.st", layout));
  }

  @Test
  void refusesAnotherNetworksTensors() throws IOException {
    byte[] file = file(LAYOUT, VALUES);
    Map<String, List<NamedTensor>> wrong =
        Map.of(
            "w.st: tensor conv.bias must have shape [1, 2], got [2]",
            List.of(LAYOUT.get(0), new NamedTensor("conv.bias", List.of(1, 2), 6)),
            "w.st lacks tensor bias of shape [2]",
            List.of(LAYOUT.get(0), new NamedTensor("bias", List.of(2), 6)),
            "w.st has a tensor that the network does not know: conv.bias",
            List.of(LAYOUT.get(0)));
    wrong.forEach(
        (message, layout) ->
            assertEquals(
                message,
                assertThrows(
                        UserException.class,
                        () ->
                            Safetensors.read(
                                new ByteArrayInputStream(file), file.length, "w.st", layout))
                    .getMessage()));
  }

  @Test
  void refusesEveryTruncation() throws IOException {
    byte[] file = file(LAYOUT, VALUES);
    for (int length = 0; length < file.length; length++) {
      String message = refusal(Arrays.copyOf(file, length));
      assertTrue(message.startsWith("w.st is truncated"), message);
    }
    String longer = refusal(Arrays.copyOf(file, file.length + 1));
    assertEquals("w.st has data after the last tensor its header names", longer);
  }

  @Test
  void refusesMalformedHeaders() {
    assertTrue(refusal(new byte[16]).contains("is not a safetensors file"));
    assertTrue(refusal(file("{\"a\"}")).contains("header that is not JSON"));
    assertTrue(refusal(file("[1]")).contains("not a JSON object"));
    String entry = "{\"shape\":%s,\"dtype\":\"%s\",\"data_offsets\":%s}";
    for (var c :
        Map.of(
                "must be F32, got 'F16'", new String[] {"[1]", "F16", "[0,2]"},
                "needs 8 bytes, its header gives it 0 to 4", new String[] {"[2]", "F32", "[0,4]"},
                "must have a shape of whole numbers from 1", new String[] {"[-1]", "F32", "[0,4]"},
                "must begin at byte 0, its header says 4", new String[] {"[1]", "F32", "[4,8]"},
                "is too large", new String[] {"[2147483647,2147483647,9]", "F32", "[0,4]"})
            .entrySet()) {
      String header =
          "{\"a\":" + String.format(java.util.Locale.ROOT, entry, (Object[]) c.getValue()) + "}";
      String message = refusal(file(header, 1, 2));
      assertTrue(message.startsWith("w.st") && message.contains(c.getKey()), message);
    }
    String twice = String.format(java.util.Locale.ROOT, entry, "[1]", "F32", "[0,4]");
    assertTrue(refusal(file("{\"a\":" + twice + ",\"a\":" + twice + "}", 1)).contains("not JSON"));
  }
}

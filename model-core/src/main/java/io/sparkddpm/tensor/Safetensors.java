package io.sparkddpm.tensor;

import static io.sparkddpm.error.Checks.checkArgument;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.sparkddpm.error.UserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Named float32 tensors in the safetensors format: a little-endian 64-bit length, a JSON header
 * that gives each tensor's type, shape and place, then the values, little-endian, row-major,
 * without gaps. PyTorch users open such a file with {@code safetensors.torch.load_file}.
 *
 * <p>Reading streams and trusts nothing in the file: every fault is a {@link UserException} that
 * names the file. Thread-safe.
 */
public final class Safetensors {
  private static final long MAX_VALUES = Integer.MAX_VALUE - 8;
  private static final int CHUNK = 1 << 16;
  private static final JsonFactory FACTORY = new JsonFactory();

  private Safetensors() {}

  /**
   * What a file holds.
   *
   * @param layout tensors in the order of their values
   * @param values all values, flat
   * @param metadata free text by key
   */
  public record Content(List<NamedTensor> layout, float[] values, Map<String, String> metadata) {}

  /**
   * Writes a flat vector; the stream stays open.
   *
   * @param layout names, shapes and places in {@code values}, in order and without gaps
   * @param metadata free text that the header carries; may be empty
   */
  public static void write(
      OutputStream out, List<NamedTensor> layout, float[] values, Map<String, String> metadata)
      throws IOException {
    checkLayout(layout, values.length);
    byte[] header = header(layout, metadata);
    out.write(
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .array());
    out.write(header);
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i += CHUNK) {
      int n = Math.min(CHUNK, values.length - i);
      chunk.asFloatBuffer().put(values, i, n);
      out.write(chunk.array(), 0, n * Float.BYTES);
    }
  }

  /**
   * Reads a whole file.
   *
   * @param in read to its end; stays open
   * @param length of the file in bytes: nothing is allocated that does not fit into it
   * @param file its name, for messages
   * @throws UserException if it is truncated, malformed, not float32, or longer than it says
   */
  public static Content read(InputStream in, long length, String file) throws IOException {
    SafetensorsHeader header = SafetensorsHeader.read(in, length, file);
    return new Content(header.layout(), readValues(in, file, header), header.metadata());
  }

  /**
   * Reads a whole file into the flat order of a network, whatever the file's own order.
   *
   * @param expected the network's layout
   * @throws UserException as {@link #read(InputStream, long, String)}, and if a tensor is missing,
   *     unknown or of another shape
   */
  public static float[] read(InputStream in, long length, String file, List<NamedTensor> expected)
      throws IOException {
    SafetensorsHeader header = SafetensorsHeader.read(in, length, file);
    Map<String, NamedTensor> found = new HashMap<>();
    header.layout().forEach(t -> found.put(t.name(), t));
    for (NamedTensor want : expected) {
      NamedTensor have = found.remove(want.name());
      if (have == null) {
        throw new UserException("%s lacks tensor %s of shape %s", file, want.name(), want.shape());
      }
      if (!have.shape().equals(want.shape())) {
        throw new UserException(
            "%s: tensor %s must have shape %s, got %s",
            file, want.name(), want.shape(), have.shape());
      }
    }
    if (!found.isEmpty()) {
      String name = found.keySet().stream().sorted().findFirst().orElseThrow();
      throw new UserException(
          "%s has a tensor that the network does not know: %s", file, SafetensorsJson.shown(name));
    }
    float[] values = readValues(in, file, header);
    return header.layout().equals(expected) ? values : ordered(values, header, expected);
  }

  private static float[] ordered(
      float[] values, SafetensorsHeader header, List<NamedTensor> expected) {
    Map<String, NamedTensor> places = new HashMap<>();
    header.layout().forEach(t -> places.put(t.name(), t));
    float[] ordered = new float[values.length];
    for (NamedTensor tensor : expected) {
      int from = (int) places.get(tensor.name()).offset();
      System.arraycopy(values, from, ordered, (int) tensor.offset(), (int) tensor.length());
    }
    return ordered;
  }

  private static void checkLayout(List<NamedTensor> layout, int length) {
    long offset = 0;
    for (NamedTensor tensor : layout) {
      checkArgument(
          tensor.offset() == offset,
          "tensor %s must begin at %s, got %s",
          tensor.name(),
          offset,
          tensor.offset());
      offset += tensor.length();
    }
    checkArgument(offset == length, "the layout has %s values, the vector %s", offset, length);
  }

  private static byte[] header(List<NamedTensor> layout, Map<String, String> metadata)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = FACTORY.createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart("__metadata__");
        for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      for (NamedTensor tensor : layout) {
        json.writeObjectFieldStart(tensor.name());
        json.writeStringField("dtype", "F32");
        json.writeArrayFieldStart("shape");
        for (int n : tensor.shape()) {
          json.writeNumber(n);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("data_offsets");
        json.writeNumber(tensor.offset() * Float.BYTES);
        json.writeNumber(end(tensor) * Float.BYTES);
        json.writeEndArray();
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    while (bytes.size() % Long.BYTES != 0) {
      bytes.write(' '); // the values begin at a multiple of eight
    }
    return bytes.toByteArray();
  }

  private static float[] readValues(InputStream in, String file, SafetensorsHeader header)
      throws IOException {
    if (header.values() > MAX_VALUES) {
      throw new UserException(
          "%s holds %s values, more than one vector can", file, header.values());
    }
    float[] values = new float[(int) header.values()];
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i += CHUNK) {
      int n = Math.min(CHUNK, values.length - i);
      int got = in.readNBytes(chunk.array(), 0, n * Float.BYTES);
      if (got < n * Float.BYTES) {
        throw SafetensorsHeader.truncated(
            file, header.values(), (long) i * Float.BYTES + got); // it has changed meanwhile
      }
      chunk.asFloatBuffer().get(values, i, n);
    }
    if (in.read() >= 0) {
      throw SafetensorsHeader.tooLong(file);
    }
    return values;
  }

  private static long end(NamedTensor tensor) {
    return tensor.offset() + tensor.length();
  }
}

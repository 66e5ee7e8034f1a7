package io.sparkddpm.train;

import static io.sparkddpm.error.Checks.checkArgument;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.error.UserException;
import io.sparkddpm.unet.NamedTensor;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Named float32 tensors in the safetensors format: a little-endian 64-bit length, a JSON header
 * that gives each tensor's type, shape and place, then the values, little-endian, row-major,
 * without gaps. PyTorch users open such a file with {@code safetensors.torch.load_file}.
 *
 * <p>Reading streams and believes nothing: every fault is a {@link UserException} that names the
 * file. Thread-safe.
 */
public final class Safetensors {
  private static final int MAX_HEADER = 100 << 20;
  private static final int CHUNK = 1 << 16;
  private static final JsonFactory FACTORY =
      new JsonFactory().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
  private static final ObjectMapper JSON = new ObjectMapper(FACTORY);

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
   * @param file its name, for messages
   * @throws UserException if it is truncated, malformed, not float32, or longer than it says
   */
  public static Content read(InputStream in, String file) throws IOException {
    Map<String, String> metadata = new TreeMap<>();
    List<NamedTensor> layout = readHeader(in, file, metadata);
    long total = layout.isEmpty() ? 0 : end(layout.get(layout.size() - 1));
    if (total > Integer.MAX_VALUE - 8) {
      throw new UserException("%s holds %s values, more than one vector can", file, total);
    }
    float[] values = new float[(int) total];
    readValues(in, file, values);
    if (in.read() >= 0) {
      throw new UserException("%s goes on after the last tensor its header names", file);
    }
    return new Content(layout, values, metadata);
  }

  /**
   * Reads a whole file into the flat order of a network, whatever the file's own order.
   *
   * @param expected the network's layout
   * @throws UserException as {@link #read}, and if a tensor is missing, unknown or of another shape
   */
  public static float[] read(InputStream in, String file, List<NamedTensor> expected)
      throws IOException {
    Content content = read(in, file);
    if (content.layout().equals(expected)) {
      return content.values();
    }
    Map<String, NamedTensor> found = new HashMap<>();
    content.layout().forEach(t -> found.put(t.name(), t));
    float[] values = new float[content.values().length];
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
      if (end(want) > values.length) {
        continue; // another tensor is missing: the loop comes to it
      }
      System.arraycopy(
          content.values(), (int) have.offset(), values, (int) want.offset(), (int) have.length());
    }
    if (!found.isEmpty()) {
      String name = found.keySet().stream().sorted().findFirst().orElseThrow();
      throw new UserException("%s has a tensor that the network does not know: %s", file, name);
    }
    return values;
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

  private static List<NamedTensor> readHeader(
      InputStream in, String file, Map<String, String> metadata) throws IOException {
    byte[] prefix = in.readNBytes(Long.BYTES);
    if (prefix.length < Long.BYTES) {
      throw new UserException("%s is truncated: %s bytes, no header", file, prefix.length);
    }
    long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > MAX_HEADER) {
      throw new UserException(
          "%s is not a safetensors file: it begins with a header length of %s", file, length);
    }
    byte[] bytes = in.readNBytes((int) length);
    if (bytes.length < length) {
      throw new UserException(
          "%s is truncated: its header has %s bytes, got %s", file, length, bytes.length);
    }
    JsonNode root;
    try {
      root = JSON.readTree(new String(bytes, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new UserException(
          e, "%s has a header that is not JSON: %s", file, e.getOriginalMessage());
    }
    if (!root.isObject()) {
      throw new UserException("%s has a header that is not a JSON object", file);
    }
    List<NamedTensor> layout = new ArrayList<>();
    for (Iterator<Map.Entry<String, JsonNode>> it = root.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = it.next();
      if (entry.getKey().equals("__metadata__")) {
        entry
            .getValue()
            .fields()
            .forEachRemaining(e -> metadata.put(e.getKey(), e.getValue().asText()));
      } else {
        layout.add(tensor(entry.getKey(), entry.getValue(), file));
      }
    }
    layout.sort(Comparator.comparingLong(NamedTensor::offset));
    long offset = 0;
    for (NamedTensor tensor : layout) {
      if (tensor.offset() != offset) {
        throw new UserException(
            "%s: tensor %s must begin at byte %s, its header says %s",
            file, tensor.name(), offset * Float.BYTES, tensor.offset() * Float.BYTES);
      }
      offset = end(tensor);
    }
    return layout;
  }

  private static NamedTensor tensor(String name, JsonNode node, String file) {
    String type = node.path("dtype").asText();
    if (!type.equals("F32")) {
      throw new UserException("%s: tensor %s must be F32, got '%s'", file, name, type);
    }
    JsonNode dims = node.path("shape");
    JsonNode place = node.path("data_offsets");
    boolean ok = dims.isArray() && place.isArray() && place.size() == 2;
    List<Integer> shape = new ArrayList<>();
    for (JsonNode dim : dims) {
      ok &= dim.isInt() && dim.asInt() > 0;
      shape.add(dim.asInt());
    }
    long begin = place.path(0).asLong(-1);
    if (!ok || begin < 0 || begin % Float.BYTES != 0) {
      throw new UserException("%s: tensor %s has the entry %s", file, name, node);
    }
    NamedTensor tensor = new NamedTensor(name, List.copyOf(shape), begin / Float.BYTES);
    long length;
    try {
      length = Math.multiplyExact(tensor.length(), Float.BYTES);
    } catch (ArithmeticException e) {
      throw new UserException(e, "%s: tensor %s of shape %s is too large", file, name, shape);
    }
    if (place.path(1).asLong(-1) - begin != length) {
      throw new UserException(
          "%s: tensor %s of shape %s needs %s bytes, its header gives it %s to %s",
          file, name, shape, length, begin, place.path(1));
    }
    return tensor;
  }

  private static void readValues(InputStream in, String file, float[] values) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i += CHUNK) {
      int n = Math.min(CHUNK, values.length - i);
      int got;
      try {
        got = in.readNBytes(chunk.array(), 0, n * Float.BYTES);
      } catch (EOFException e) {
        throw new UserException(e, "%s is truncated", file);
      }
      if (got < n * Float.BYTES) {
        throw new UserException(
            "%s is truncated: its header promises %s bytes of values, got %s",
            file, (long) values.length * Float.BYTES, (long) i * Float.BYTES + got);
      }
      chunk.asFloatBuffer().get(values, i, n);
    }
  }

  private static long end(NamedTensor tensor) {
    return tensor.offset() + tensor.length();
  }
}

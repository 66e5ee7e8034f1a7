package io.sparkddpm.tensor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a file of {@link Safetensors} says that it holds, checked against the length it has: the
 * tensors fill the rest of the file without gaps or overlaps. The JSON is read as a stream, so that
 * its form costs no memory.
 *
 * @param layout tensors in the order of their values
 * @param values of all tensors together
 * @param metadata free text by key
 */
record SafetensorsHeader(List<NamedTensor> layout, long values, Map<String, String> metadata) {
  /** A hundred bytes a tensor, or some more. */
  private static final int MAX_BYTES = 16 << 20;

  private static final int SHOWN = 100;
  private static final String METADATA = "__metadata__";
  private static final JsonFactory JSON =
      new JsonFactory().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  /** What the JSON says of a tensor; {@code null}: nothing. */
  private static final class Entry {
    private String type;
    private List<Integer> shape;
    private List<Long> place;
  }

  /**
   * Reads up to the first value.
   *
   * @param fileLength in bytes
   * @throws UserException naming file and tensor, if they do not fit together
   */
  static SafetensorsHeader read(InputStream in, long fileLength, String file) throws IOException {
    byte[] prefix = in.readNBytes(Long.BYTES);
    if (prefix.length < Long.BYTES) {
      throw new UserException("%s is truncated: %s bytes, no header", file, prefix.length);
    }
    long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > MAX_BYTES) {
      throw new UserException(
          "%s is not a safetensors file: it begins with a header length of %s, from 2 to %s are"
              + " possible",
          file, Long.toUnsignedString(length), MAX_BYTES);
    }
    byte[] bytes = in.readNBytes((int) Math.min(length, Math.max(0, fileLength - Long.BYTES)));
    if (bytes.length < length) {
      throw new UserException(
          "%s is truncated: its header has %s bytes, got %s", file, length, bytes.length);
    }
    Map<String, String> metadata = new TreeMap<>();
    List<NamedTensor> layout = new ArrayList<>();
    try (JsonParser json = JSON.createParser(text(bytes, file))) {
      read(json, file, layout, metadata);
    } catch (JsonProcessingException e) {
      throw new UserException(
          e, "%s has a header that is not JSON: %s", file, shown(e.getOriginalMessage()));
    }
    layout.sort(Comparator.comparingLong(NamedTensor::offset));
    long values = checkPlaces(layout, file);
    long rest = fileLength - Long.BYTES - length;
    if (rest / Float.BYTES < values) {
      throw truncated(file, values, rest);
    }
    if (rest > values * Float.BYTES) {
      throw tooLong(file);
    }
    return new SafetensorsHeader(
        List.copyOf(layout), values, Collections.unmodifiableMap(metadata));
  }

  static UserException truncated(String file, long values, long bytes) {
    return new UserException(
        "%s is truncated: its header promises %s values of %s bytes, got %s bytes",
        file, values, Float.BYTES, bytes);
  }

  static UserException tooLong(String file) {
    return new UserException("%s has data after the last tensor its header names", file);
  }

  /** A foreign text as a message may have it. */
  static String shown(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
  }

  private static String text(byte[] bytes, String file) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new UserException(e, "%s has a header that is not JSON: it is not UTF-8", file);
    }
  }

  private static void read(
      JsonParser json, String file, List<NamedTensor> layout, Map<String, String> metadata)
      throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw new UserException("%s has a header that is not a JSON object", file);
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.getCurrentName();
      json.nextToken();
      if (name.equals(METADATA)) {
        readMetadata(json, file, metadata);
      } else {
        layout.add(tensor(json, name, file));
      }
    }
    if (json.nextToken() != null) {
      throw new UserException("%s has a header with text after its JSON object", file);
    }
  }

  private static void readMetadata(JsonParser json, String file, Map<String, String> metadata)
      throws IOException {
    boolean ok = json.currentToken() == JsonToken.START_OBJECT;
    while (ok && json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.getCurrentName();
      ok = json.nextToken() == JsonToken.VALUE_STRING;
      metadata.put(key, json.getText());
    }
    if (!ok) {
      throw new UserException("%s: its %s must be texts by name", file, METADATA);
    }
  }

  private static NamedTensor tensor(JsonParser json, String name, String file) throws IOException {
    Entry entry = new Entry();
    if (json.currentToken() == JsonToken.START_OBJECT) {
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.getCurrentName();
        JsonToken value = json.nextToken();
        switch (field) {
          case "dtype" -> {
            entry.type = value == JsonToken.VALUE_STRING ? json.getText() : null;
            json.skipChildren();
          }
          case "shape" -> entry.shape = ints(whole(json));
          case "data_offsets" -> entry.place = whole(json);
          default -> json.skipChildren();
        }
      }
    } else {
      json.skipChildren();
    }
    return tensor(entry, name, file);
  }

  /** Whole numbers from 0, or {@code null} where it is no list of them. */
  private static List<Long> whole(JsonParser json) throws IOException {
    boolean ok = json.currentToken() == JsonToken.START_ARRAY;
    List<Long> numbers = new ArrayList<>();
    if (!ok) {
      json.skipChildren();
      return null;
    }
    for (JsonToken t = json.nextToken(); t != JsonToken.END_ARRAY; t = json.nextToken()) {
      if (t == null) {
        return null; // the parser throws at the end of a text within an array
      }
      ok &= t == JsonToken.VALUE_NUMBER_INT && json.getBigIntegerValue().bitLength() < Long.SIZE;
      if (ok) {
        numbers.add(json.getLongValue());
        ok = json.getLongValue() >= 0;
      }
      json.skipChildren();
    }
    return ok ? numbers : null;
  }

  private static List<Integer> ints(List<Long> numbers) {
    if (numbers == null || numbers.stream().anyMatch(n -> n < 1 || n > Integer.MAX_VALUE)) {
      return null;
    }
    return numbers.stream().map(Math::toIntExact).toList();
  }

  private static NamedTensor tensor(Entry entry, String name, String file) {
    String tensor = shown(name);
    if (entry.type == null || !entry.type.equals("F32")) {
      String type = entry.type == null ? "nothing" : "'" + shown(entry.type) + "'";
      throw new UserException("%s: tensor %s must be F32, got %s", file, tensor, type);
    }
    if (entry.shape == null) {
      throw new UserException(
          "%s: tensor %s must have a shape of whole numbers from 1", file, tensor);
    }
    if (entry.place == null
        || entry.place.size() != 2
        || entry.place.get(0) % Float.BYTES != 0
        || entry.place.get(1) < entry.place.get(0)) {
      throw new UserException(
          "%s: tensor %s must have as data_offsets two multiples of 4, the lower one first, got %s",
          file, tensor, entry.place == null ? "something else" : shown(entry.place.toString()));
    }
    long begin = entry.place.get(0);
    NamedTensor found = new NamedTensor(name, entry.shape, begin / Float.BYTES);
    long length;
    try {
      length = Math.multiplyExact(found.length(), Float.BYTES);
    } catch (ArithmeticException e) {
      throw new UserException(
          e, "%s: tensor %s of shape %s is too large", file, tensor, shown(entry.shape.toString()));
    }
    if (entry.place.get(1) - begin != length) {
      throw new UserException(
          "%s: tensor %s of shape %s needs %s bytes, its header gives it %s to %s",
          file, tensor, shown(entry.shape.toString()), length, begin, entry.place.get(1));
    }
    return found;
  }

  /**
   * @return number of values
   */
  private static long checkPlaces(List<NamedTensor> layout, String file) {
    long offset = 0;
    for (NamedTensor tensor : layout) {
      if (tensor.offset() != offset) {
        throw new UserException(
            "%s: tensor %s must begin at byte %s, its header says %s",
            file, shown(tensor.name()), offset * Float.BYTES, tensor.offset() * Float.BYTES);
      }
      offset += tensor.length();
    }
    return offset;
  }
}

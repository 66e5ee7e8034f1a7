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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The header of a safetensors file, as it is written there: its users check what it claims. The
 * JSON is read as a stream, so that its form costs no memory.
 *
 * @param entries tensors in the order of the header
 * @param metadata free text by key
 * @param begin of the values, in bytes from the file's beginning
 */
record SafetensorsJson(List<Entry> entries, Map<String, String> metadata, long begin) {
  /** A hundred bytes a tensor, or some more. */
  private static final int MAX_BYTES = 16 << 20;

  private static final int SHOWN = 100;
  private static final String METADATA = "__metadata__";
  private static final JsonFactory JSON =
      new JsonFactory().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  /**
   * What the header says of a tensor; {@code null} where it says nothing that is possible.
   *
   * @param place first byte and the byte after the last, from {@link SafetensorsJson#begin}
   */
  record Entry(String name, String type, List<Long> shape, List<Long> place) {
    String shownType() {
      return type == null ? "nothing" : "'" + shown(type) + "'";
    }

    String shownPlace() {
      return place == null ? "something else" : shown(place.toString());
    }

    /**
     * Bytes that its shape needs.
     *
     * @param each bytes of an element
     */
    long bytes(int each, String file) {
      try {
        return Math.multiplyExact(shape.stream().reduce(1L, Math::multiplyExact), each);
      } catch (ArithmeticException e) {
        throw new UserException(
            e, "%s: tensor %s of shape %s is too large", file, shown(name), shownShape());
      }
    }

    UserException misplaced(int each, String file) {
      return new UserException(
          "%s: tensor %s of shape %s needs %s bytes, its header gives it %s to %s",
          file, shown(name), shownShape(), bytes(each, file), place.get(0), place.get(1));
    }

    private String shownShape() {
      return shown(shape.toString());
    }
  }

  /**
   * Reads up to the first value.
   *
   * @param fileLength in bytes
   * @throws UserException naming the file, if there is no such header
   */
  static SafetensorsJson read(InputStream in, long fileLength, String file) throws IOException {
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
    List<Entry> entries = new ArrayList<>();
    try (JsonParser json = JSON.createParser(text(bytes, file))) {
      read(json, file, entries, metadata);
    } catch (JsonProcessingException e) {
      throw new UserException(
          e, "%s has a header that is not JSON: %s", file, shown(e.getOriginalMessage()));
    }
    return new SafetensorsJson(
        List.copyOf(entries), Collections.unmodifiableMap(metadata), Long.BYTES + length);
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
      JsonParser json, String file, List<Entry> entries, Map<String, String> metadata)
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
        entries.add(entry(json, name));
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

  private static Entry entry(JsonParser json, String name) throws IOException {
    String type = null;
    List<Long> shape = null;
    List<Long> place = null;
    if (json.currentToken() == JsonToken.START_OBJECT) {
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.getCurrentName();
        JsonToken value = json.nextToken();
        switch (field) {
          case "dtype" -> {
            type = value == JsonToken.VALUE_STRING ? json.getText() : null;
            json.skipChildren();
          }
          case "shape" -> shape = whole(json);
          case "data_offsets" -> place = whole(json);
          default -> json.skipChildren();
        }
      }
    } else {
      json.skipChildren();
    }
    return new Entry(name, type, shape, place);
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
}

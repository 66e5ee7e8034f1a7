package io.sparkddpm.points;

import io.sparkddpm.error.BadRecordException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The header of a PLY file (Turk 1994): its encoding, and its elements with their properties.
 *
 * @param format of what follows
 * @param elements in their order
 * @param length of the header in bytes
 */
record PlyHeader(Format format, List<Element> elements, int length) {
  private static final int LONGEST = 1 << 16;

  /** Encodings. */
  enum Format {
    ASCII,
    BINARY_LITTLE_ENDIAN,
    BINARY_BIG_ENDIAN
  }

  /** Types of numbers, with their bytes. */
  enum Type {
    INT8(1),
    UINT8(1),
    INT16(2),
    UINT16(2),
    INT32(4),
    UINT32(4),
    FLOAT32(4),
    FLOAT64(8);

    private static final Map<String, Type> FIRST_NAMES =
        Map.of(
            "char", INT8,
            "uchar", UINT8,
            "short", INT16,
            "ushort", UINT16,
            "int", INT32,
            "uint", UINT32,
            "float", FLOAT32,
            "double", FLOAT64);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }

    int bytes() {
      return bytes;
    }

    double read(ByteBuffer from) {
      return switch (this) {
        case INT8 -> from.get();
        case UINT8 -> from.get() & 0xFF;
        case INT16 -> from.getShort();
        case UINT16 -> from.getShort() & 0xFFFF;
        case INT32 -> from.getInt();
        case UINT32 -> from.getInt() & 0xFFFFFFFFL;
        case FLOAT32 -> from.getFloat();
        case FLOAT64 -> from.getDouble();
      };
    }

    static Type of(String word, String name) {
      for (Type type : values()) {
        if (type.name().toLowerCase(Locale.ROOT).equals(word)) {
          return type;
        }
      }
      Type type = FIRST_NAMES.get(word);
      if (type == null) {
        throw new BadRecordException("%s has properties of type '%s', which PLY lacks", name, word);
      }
      return type;
    }
  }

  /**
   * A property.
   *
   * @param count type of a list's length; null for a single number
   */
  record Property(String name, Type count, Type type) {}

  /** So many records of the same properties. */
  record Element(String name, long count, List<Property> properties) {
    /** Bytes that a record has at least in a binary file. */
    long leastBytes() {
      return properties.stream()
          .mapToLong(p -> (p.count() == null ? p.type() : p.count()).bytes())
          .sum();
    }
  }

  /**
   * Reads a header.
   *
   * @param name of the file, for messages
   * @throws BadRecordException naming the file, if it has none
   */
  static PlyHeader read(byte[] file, String name) {
    String text =
        new String(
            file, 0, Math.min(file.length, LONGEST), StandardCharsets.ISO_8859_1); // a byte a char
    if (!text.startsWith("ply\n") && !text.startsWith("ply\r\n")) {
      throw new BadRecordException("%s is no PLY file: it does not begin with 'ply'", name);
    }
    Format format = null;
    List<Element> elements = new ArrayList<>();
    for (int at = text.indexOf('\n') + 1; ; ) {
      int end = text.indexOf('\n', at);
      if (end < 0) {
        throw new BadRecordException("%s has no end_header", name);
      }
      String line = text.substring(at, end).strip();
      at = end + 1;
      String[] words = line.split("\\s+");
      switch (words[0]) {
        case "format" -> format = format(words, name);
        case "element" -> elements.add(element(words, name));
        case "property" -> {
          if (elements.isEmpty()) {
            throw new BadRecordException("%s has a property before its first element", name);
          }
          elements.get(elements.size() - 1).properties().add(property(words, name));
        }
        case "comment", "obj_info", "" -> {}
        case "end_header" -> {
          if (format == null) {
            throw new BadRecordException("%s does not say its format", name);
          }
          return new PlyHeader(format, elements, at);
        }
        default -> throw new BadRecordException("%s has the line '%s' in its header", name, line);
      }
    }
  }

  private static Format format(String[] words, String name) {
    for (Format format : Format.values()) {
      if (words.length == 3
          && words[1].equals(format.name().toLowerCase(Locale.ROOT))
          && words[2].equals("1.0")) {
        return format;
      }
    }
    throw new BadRecordException(
        "%s has the format '%s'; ascii 1.0, binary_little_endian 1.0 and binary_big_endian 1.0 can"
            + " be read",
        name, String.join(" ", List.of(words).subList(1, words.length)));
  }

  private static Element element(String[] words, String name) {
    if (words.length != 3 || !words[2].matches("\\d{1,18}")) {
      throw new BadRecordException("%s has the line '%s'", name, String.join(" ", words));
    }
    return new Element(words[1], Long.parseLong(words[2]), new ArrayList<>());
  }

  private static Property property(String[] words, String name) {
    boolean list = words.length == 5 && words[1].equals("list");
    if (!list && words.length != 3) {
      throw new BadRecordException("%s has the line '%s'", name, String.join(" ", words));
    }
    return list
        ? new Property(words[4], Type.of(words[2], name), Type.of(words[3], name))
        : new Property(words[2], null, Type.of(words[1], name));
  }

  /**
   * The element of the points.
   *
   * @throws BadRecordException if there is none, or its points have no x, y or z
   */
  Element vertices(String name) {
    Element vertices =
        elements.stream()
            .filter(e -> e.name().equals("vertex"))
            .findFirst()
            .orElseThrow(() -> new BadRecordException("%s has no element vertex", name));
    for (String axis : Set.of("x", "y", "z")) {
      if (vertices.properties().stream().noneMatch(p -> isNumber(p, axis))) {
        throw new BadRecordException("%s has vertices without a number %s", name, axis);
      }
    }
    return vertices;
  }

  private static boolean isNumber(Property property, String axis) {
    return property.name().equals(axis) && property.count() == null;
  }
}

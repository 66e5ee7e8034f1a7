package io.sparkddpm.archive;

import io.sparkddpm.error.UserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** numpy's .npy format: versions 1 to 3 are read, version 1 is written. */
public final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern DESCRIPTOR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
  private static final Pattern FORTRAN = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9,\\s]*)\\)");
  private static final int ALIGNMENT = 64;
  private static final int LONGEST_HEADER = 1 << 20;
  private static final int SHOWN = 200;

  private Npy() {}

  /** What stands before the elements. */
  static byte[] header(NpyArray.Type type, int[] shape) {
    String dimensions =
        Arrays.stream(shape).mapToObj(d -> d + ",").collect(Collectors.joining(" "));
    if (shape.length > 1) {
      dimensions = dimensions.substring(0, dimensions.length() - 1);
    }
    StringBuilder text =
        new StringBuilder("{'descr': '")
            .append(type.descriptor())
            .append("', 'fortran_order': False, 'shape': (")
            .append(dimensions)
            .append("), }");
    while ((MAGIC.length + 4 + text.length() + 1) % ALIGNMENT != 0) {
      text.append(' ');
    }
    text.append('\n');
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(MAGIC);
    out.write(1);
    out.write(0);
    out.write(text.length() & 0xFF);
    out.write(text.length() >> 8);
    out.writeBytes(text.toString().getBytes(StandardCharsets.ISO_8859_1));
    return out.toByteArray();
  }

  /** The array as an .npy file. */
  public static byte[] write(NpyArray array) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(header(array.type(), array.shape()));
    out.writeBytes(array.data());
    return out.toByteArray();
  }

  /**
   * What an .npy file says of its elements.
   *
   * @param descriptor numpy's name of their type
   * @param shape numpy's; empty for a scalar
   * @param length of the header itself, in bytes
   */
  public record Header(String descriptor, List<Integer> shape, int length) {
    private static final Pattern TEXT = Pattern.compile("(<U|\\|S)([1-9]\\d{0,7})");

    /** The type of the elements, if it is one that {@link NpyArray} has. */
    public Optional<NpyArray.Type> type() {
      return Arrays.stream(NpyArray.Type.values())
          .filter(t -> t.descriptor().equals(descriptor))
          .findFirst();
    }

    /** Whether the elements are texts, for {@link Npy#readTexts}. */
    public boolean isText() {
      return TEXT.matcher(descriptor).matches();
    }

    private int width() {
      Matcher text = TEXT.matcher(descriptor);
      if (text.matches()) {
        return Math.multiplyExact(Integer.parseInt(text.group(2)), isUnicode() ? 4 : 1);
      }
      return type().orElseThrow().bytes();
    }

    private boolean isUnicode() {
      return descriptor.startsWith("<U");
    }

    /**
     * Bytes of the elements.
     *
     * @param source the array's name, for messages
     * @throws UserException if the type is not read, or there are more than can be
     */
    public long bytes(String source) {
      if (!isText() && type().isEmpty()) {
        throw new UserException(
            "%s has elements of type '%s'; accepted are %s",
            source,
            descriptor,
            Arrays.stream(NpyArray.Type.values())
                .map(NpyArray.Type::descriptor)
                .collect(Collectors.joining(", ")));
      }
      try {
        return shape.stream().mapToLong(n -> n).reduce(width(), Math::multiplyExact);
      } catch (ArithmeticException e) {
        throw new UserException(
            e, "%s: its header claims %s elements of type %s", source, shape, descriptor);
      }
    }

    /**
     * Compares the claim with what there is.
     *
     * @param fileLength of header and elements
     * @throws UserException if it claims more or less
     */
    public void checkLength(long fileLength, String source) {
      long bytes = bytes(source);
      if (bytes != fileLength - length) {
        throw new UserException(
            "%s: its header claims %d bytes of elements (%s %s), but there are %d",
            source, bytes, descriptor, shape, fileLength - length);
      }
    }
  }

  /**
   * Reads an .npy file up to its end.
   *
   * @param source its name, for messages
   * @throws UserException if it is none, cut off, or of a type or order that is not read
   */
  public static NpyArray read(InputStream in, String source) throws IOException {
    return readElements(in, readHeader(in, source), source);
  }

  /**
   * The same where the file's length is known, so that a claim beyond it is refused unread.
   *
   * @param fileLength in bytes
   */
  public static NpyArray read(InputStream in, String source, long fileLength) throws IOException {
    Header header = readHeader(in, source);
    type(header, source); // refused first
    header.checkLength(fileLength, source);
    return readElements(in, header, source);
  }

  /** The array behind a header that was read, up to the file's end. */
  public static NpyArray readElements(InputStream in, Header header, String source)
      throws IOException {
    NpyArray.Type type = type(header, source);
    return new NpyArray(type, shape(header), elements(in, header, source));
  }

  private static NpyArray.Type type(Header header, String source) {
    if (header.type().isEmpty() && header.isText()) {
      throw new UserException("%s holds texts, not numbers", source);
    }
    header.bytes(source); // names a type that is not read
    return header.type().orElseThrow();
  }

  private static int[] shape(Header header) {
    return header.shape().stream().mapToInt(n -> n).toArray();
  }

  private static byte[] elements(InputStream in, Header header, String source) throws IOException {
    long bytes = header.bytes(source);
    if (bytes > Integer.MAX_VALUE - 8) {
      throw new UserException("%s has %d bytes: too large to be read at once", source, bytes);
    }
    byte[] data = in.readNBytes((int) bytes);
    if (data.length < bytes || in.read() >= 0) {
      throw new UserException(
          "%s should hold %d bytes of elements, but holds %s",
          source, bytes, data.length < bytes ? data.length : "more");
    }
    return data;
  }

  /**
   * The elements of an array of texts behind its header, up to the file's end.
   *
   * @param header which {@link Header#isText}
   * @throws UserException if it is cut off, or an element is no text
   */
  public static List<String> readTexts(InputStream in, Header header, String source)
      throws IOException {
    byte[] data = elements(in, header, source);
    int width = header.width();
    List<String> texts = new ArrayList<>();
    long count = header.shape().stream().mapToLong(n -> n).reduce(1, Math::multiplyExact);
    for (int i = 0; i < count; i++) {
      texts.add(
          header.isUnicode()
              ? unicode(ByteBuffer.wrap(data, i * width, width), source)
              : new String(data, i * width, width, StandardCharsets.UTF_8).replaceAll("\0+$", ""));
    }
    return texts;
  }

  private static String unicode(ByteBuffer codePoints, String source) {
    StringBuilder text = new StringBuilder();
    codePoints.order(ByteOrder.LITTLE_ENDIAN);
    while (codePoints.hasRemaining()) {
      int codePoint = codePoints.getInt();
      if (!Character.isValidCodePoint(codePoint)) {
        throw new UserException("%s holds a text with the character %d", source, codePoint);
      }
      if (codePoint != 0) { // fills the width
        text.appendCodePoint(codePoint);
      }
    }
    return text.toString();
  }

  /**
   * Reads an .npy file up to its first element.
   *
   * @param source its name, for messages
   * @throws UserException as for {@link #read}
   */
  public static Header readHeader(InputStream in, String source) throws IOException {
    byte[] start = in.readNBytes(MAGIC.length + 2);
    if (start.length < MAGIC.length + 2
        || !Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new UserException("%s is not a numpy array: it does not begin with \\x93NUMPY", source);
    }
    int version = start[MAGIC.length];
    if (version < 1 || version > 3) {
      throw new UserException("%s is of numpy's format %d; 1 to 3 are read", source, version);
    }
    int lengthBytes = version == 1 ? 2 : 4;
    byte[] lengthField = in.readNBytes(lengthBytes);
    long length =
        ByteBuffer.wrap(Arrays.copyOf(lengthField, 8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length > LONGEST_HEADER) {
      throw new UserException("%s claims a header of %d bytes", source, length);
    }
    byte[] headerBytes = in.readNBytes((int) length);
    if (lengthField.length < lengthBytes || headerBytes.length < length) {
      throw new UserException("%s is cut off in its header", source);
    }
    String header = new String(headerBytes, StandardCharsets.UTF_8);
    if (match(FORTRAN, header, source).equals("True")) {
      throw new UserException("%s is in Fortran order; save it with np.ascontiguousarray", source);
    }
    String descriptor = match(DESCRIPTOR, header, source);
    List<Integer> shape = new ArrayList<>();
    for (String size : match(SHAPE, header, source).split(",")) {
      if (!size.isBlank()) {
        shape.add(size(size.trim(), source));
      }
    }
    return new Header(descriptor, shape, start.length + lengthBytes + (int) length);
  }

  private static int size(String text, String source) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new UserException(
          e, "%s: its header claims a size of %s; at most %d", source, text, Integer.MAX_VALUE);
    }
  }

  private static String match(Pattern pattern, String header, String source) {
    Matcher matcher = pattern.matcher(header);
    if (!matcher.find()) {
      throw new UserException(
          "%s has a header that cannot be read: %s",
          source, header.substring(0, Math.min(SHOWN, header.length())).replaceAll("\\p{Cc}", " "));
    }
    return matcher.group(1);
  }
}

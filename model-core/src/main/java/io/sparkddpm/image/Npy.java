package io.sparkddpm.image;

import io.sparkddpm.error.UserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
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
   * @param type of an element
   * @param shape numpy's; empty for a scalar
   */
  public record Header(NpyArray.Type type, List<Integer> shape) {
    /** Bytes that follow the header. */
    public long bytes() {
      return shape.stream().mapToLong(n -> n).reduce(type.bytes(), Math::multiplyExact);
    }
  }

  /**
   * Reads an .npy file up to its end.
   *
   * @param source its name, for messages
   * @throws UserException if it is none, cut off, or of a type or order that is not read
   */
  public static NpyArray read(InputStream in, String source) throws IOException {
    Header header = readHeader(in, source);
    long bytes = header.bytes();
    if (bytes > Integer.MAX_VALUE - 8) {
      throw new UserException("%s has %d bytes: too large to be read at once", source, bytes);
    }
    byte[] data = in.readNBytes((int) bytes);
    if (data.length < bytes || in.read() >= 0) {
      throw new UserException(
          "%s should hold %d bytes of elements, but holds %s",
          source, bytes, data.length < bytes ? data.length : "more");
    }
    int[] shape = header.shape().stream().mapToInt(n -> n).toArray();
    return new NpyArray(header.type(), shape, data);
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
    int lengthBytes = version == 1 ? 2 : 4;
    byte[] lengthField = Arrays.copyOf(in.readNBytes(lengthBytes), 4);
    int length = ByteBuffer.wrap(lengthField).order(ByteOrder.LITTLE_ENDIAN).getInt();
    byte[] headerBytes = in.readNBytes(Math.max(0, length));
    if (length < 0 || headerBytes.length < length) {
      throw new UserException("%s is cut off in its header", source);
    }
    String header = new String(headerBytes, StandardCharsets.UTF_8);
    if (match(FORTRAN, header, source).equals("True")) {
      throw new UserException("%s is in Fortran order; save it with np.ascontiguousarray", source);
    }
    NpyArray.Type type = type(match(DESCRIPTOR, header, source), source);
    List<Integer> shape =
        Arrays.stream(match(SHAPE, header, source).split(","))
            .map(String::trim)
            .filter(s -> !s.isEmpty())
            .map(Integer::valueOf)
            .collect(Collectors.toList());
    return new Header(type, shape);
  }

  private static NpyArray.Type type(String descriptor, String source) {
    return Arrays.stream(NpyArray.Type.values())
        .filter(t -> t.descriptor().equals(descriptor))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "%s has elements of type '%s'; accepted are %s",
                    source,
                    descriptor,
                    Arrays.stream(NpyArray.Type.values())
                        .map(NpyArray.Type::descriptor)
                        .collect(Collectors.joining(", "))));
  }

  private static String match(Pattern pattern, String header, String source) {
    Matcher matcher = pattern.matcher(header);
    if (!matcher.find()) {
      throw new UserException("%s has a header that cannot be read: %s", source, header.trim());
    }
    return matcher.group(1);
  }
}

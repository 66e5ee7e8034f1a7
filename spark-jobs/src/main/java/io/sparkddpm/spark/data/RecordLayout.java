package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.tensor.Shape;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What every record of a dataset holds beside its id and its label; stated once for the dataset.
 *
 * @param type of the values
 * @param shape of the values, row-major: [3, 32, 32] for an image, [1, 16000] for sound
 * @param contextVectors vectors that a record is conditioned on; 0 if there are none
 * @param contextWidth floats of such a vector; 0 if there are none
 */
public record RecordLayout(DataType type, Shape shape, int contextVectors, int contextWidth)
    implements Serializable {
  private static final long serialVersionUID = 2L;
  private static final String TYPE = "dtype";
  private static final String SHAPE = "shape";
  private static final String CONTEXT = "context";

  public RecordLayout {
    checkArgument(
        contextVectors >= 0 && (contextVectors == 0) == (contextWidth == 0) && contextWidth >= 0,
        "context [%s, %s]",
        contextVectors,
        contextWidth);
    Math.multiplyExact(shape.length(), type.bytes());
    Math.multiplyExact(contextVectors, contextWidth);
  }

  /** Records without context. */
  public RecordLayout(DataType type, Shape shape) {
    this(type, shape, 0, 0);
  }

  /** 8-bit RGB images of that height and width. */
  public static RecordLayout images(int height, int width) {
    return new RecordLayout(DataType.UINT8, Shape.of(3, height, width));
  }

  /** Whether the values are bytes [C, H, W], as pixels are stored. */
  public boolean hasPixels() {
    return type == DataType.UINT8 && shape.rank() == 3;
  }

  /** Whether the values are numbers of tokens. */
  public boolean isTokens() {
    return type == DataType.TOKEN8;
  }

  /** Bytes of one record's values. */
  public int payloadBytes() {
    return shape.length() * type.bytes();
  }

  /** Floats of one record's context. */
  public int contextLength() {
    return contextVectors * contextWidth;
  }

  /** Bytes of one record in memory, with its id and its label. */
  public long memoryBytes() {
    return payloadBytes()
        + (long) contextLength() * Float.BYTES
        + (long) (Long.BYTES + Integer.BYTES);
  }

  /** As it stands in manifests and files. */
  Map<String, String> toMap() {
    Map<String, String> map = new TreeMap<>();
    map.put(TYPE, type.code());
    map.put(SHAPE, text(shape.dims()));
    if (contextVectors > 0) {
      map.put(CONTEXT, text(contextVectors, contextWidth));
    }
    return map;
  }

  /**
   * As a dataset's manifest states it.
   *
   * @throws UserException if it does not
   */
  static RecordLayout of(Manifest manifest) {
    if (manifest.formatVersion() == 1) { // 8-bit images, the only records then
      return new RecordLayout(
          DataType.UINT8,
          Shape.of(
              manifest.positive("channels"),
              manifest.positive("height"),
              manifest.positive("width")));
    }
    String code = manifest.property(TYPE);
    DataType type =
        DataType.ofCode(code)
            .orElseThrow(
                () ->
                    new UserException(
                        "the manifest of this %s has '%s' as its %s; this version reads %s",
                        manifest.kind(),
                        code,
                        TYPE,
                        Arrays.stream(DataType.values())
                            .map(DataType::code)
                            .collect(Collectors.joining(", "))));
    int[] shape = dims(manifest, SHAPE);
    int[] context =
        manifest.properties().containsKey(CONTEXT) ? dims(manifest, CONTEXT) : new int[] {0, 0};
    try {
      checkArgument(context.length == 2, "a context has two sizes");
      return new RecordLayout(type, Shape.of(shape), context[0], context[1]);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new UserException(
          e,
          "the manifest of this %s describes no records: %s %s%s",
          manifest.kind(),
          code,
          Arrays.toString(shape),
          context.length == 2 && context[0] == 0 ? "" : ", context " + Arrays.toString(context));
    }
  }

  private static int[] dims(Manifest manifest, String key) {
    String text = manifest.property(key);
    if (!text.matches("[1-9]\\d{0,8}(,[1-9]\\d{0,8}){0,7}")) {
      throw new UserException(
          "the manifest of this %s has '%s' as its %s, which must be sizes such as 3,32,32",
          manifest.kind(), text, key);
    }
    return Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray();
  }

  private static String text(int... dims) {
    return Arrays.stream(dims).mapToObj(String::valueOf).collect(Collectors.joining(","));
  }

  /** Such as {@code uint8 [3, 32, 32]}. */
  @Override
  public String toString() {
    return type.code()
        + " "
        + shape
        + (contextVectors == 0
            ? ""
            : " with context " + Arrays.toString(new int[] {contextVectors, contextWidth}));
  }
}

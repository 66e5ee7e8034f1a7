package io.sparkddpm.spark.data;

import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import java.util.Map;
import java.util.TreeMap;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Types;

/**
 * Columns of a shard. Format 2 has values of one type and shape, row-major, which stand in the
 * file's metadata as in the manifest; a label and context where there are any. Format 1 has 8-bit
 * images, [3, height, width], all with a label.
 */
final class ShardSchema {
  static final String ID = "id";
  static final String LABEL = "label";
  static final String DATA = "data";
  static final String CONTEXT = "context";
  static final String SOURCE = "source";

  /** Format 1 only. */
  static final String HEIGHT = "height";

  /** Format 1 only. */
  static final String WIDTH = "width";

  /** Format 1 only. */
  static final String IMAGE = "image";

  private static final String PREFIX = "spark-ddpm.";
  private static final String FORMAT = PREFIX + "format";

  private ShardSchema() {}

  /** Columns of format 2. */
  static MessageType of(RecordLayout layout) {
    Types.MessageTypeBuilder columns = Types.buildMessage();
    columns.required(INT64).named(ID);
    columns.optional(INT32).named(LABEL);
    columns.required(FIXED_LEN_BYTE_ARRAY).length(layout.payloadBytes()).named(DATA);
    if (layout.contextLength() > 0) {
      int bytes = layout.contextLength() * Float.BYTES;
      columns.required(FIXED_LEN_BYTE_ARRAY).length(bytes).named(CONTEXT);
    }
    columns.required(BINARY).as(stringType()).named(SOURCE);
    return columns.named("record");
  }

  /** The metadata of a file of format 2. */
  static Map<String, String> metadata(RecordLayout layout) {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put(FORMAT, "2");
    layout.toMap().forEach((key, value) -> metadata.put(PREFIX + key, value));
    return metadata;
  }

  /** Whether a file with that metadata is of format 1, which has none of ours. */
  static boolean isFirstFormat(Map<String, String> metadata) {
    return !metadata.containsKey(FORMAT);
  }
}

package io.sparkddpm.spark.data;

import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Columns of a shard; the image is unsigned bytes, [3, height, width]. */
final class ShardSchema {
  static final String ID = "id";
  static final String LABEL = "label";
  static final String HEIGHT = "height";
  static final String WIDTH = "width";
  static final String IMAGE = "image";
  static final String SOURCE = "source";

  static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          "message image {"
              + " required int64 id;"
              + " required int32 label;"
              + " required int32 height;"
              + " required int32 width;"
              + " required binary image;"
              + " required binary source (STRING); }");

  private ShardSchema() {}
}

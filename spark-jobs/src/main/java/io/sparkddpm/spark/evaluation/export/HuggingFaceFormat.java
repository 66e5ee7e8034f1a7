package io.sparkddpm.spark.evaluation.export;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.spark.data.HuggingFaceFeatures;
import io.sparkddpm.spark.store.ParquetOutputFile;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/**
 * Parquet files that the {@code datasets} library opens as images with names of classes: columns
 * {@code image} of bytes and path, and {@code label}, which the key {@code huggingface} describes.
 */
final class HuggingFaceFormat implements ImageFormat {
  private static final long serialVersionUID = 1L;
  private static final String IMAGE = "image";
  private static final String LABEL = "label";
  private static final String IMAGE_COLUMN =
      "optional group image { optional binary bytes; optional binary path (STRING); }";
  private static final MessageType UNLABELLED =
      MessageTypeParser.parseMessageType("message schema { " + IMAGE_COLUMN + " }");
  private static final MessageType LABELLED =
      MessageTypeParser.parseMessageType(
          "message schema { " + IMAGE_COLUMN + " optional int64 label; }");
  private static final long ROW_GROUP = 16 << 20;

  @Override
  public String name() {
    return "huggingface";
  }

  @Override
  public void write(Configuration conf, ImageChunk chunk) {
    String path =
        String.format(Locale.ROOT, "train-%05d-of-%05d.parquet", chunk.number(), chunk.chunks());
    chunk.write(conf, path, out -> write(conf, chunk, out));
  }

  private static void write(Configuration conf, ImageChunk chunk, OutputStream out)
      throws IOException {
    MessageType schema = chunk.labelled() ? LABELLED : UNLABELLED;
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new ParquetOutputFile(out))
            .withConf(conf)
            .withType(schema)
            .withExtraMetaData(features(chunk).metadata())
            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED) // PNG is compressed
            .withDictionaryEncoding(false)
            .withRowGroupSize(ROW_GROUP)
            .build()) {
      chunk.forEach(
          conf,
          (index, label, image) -> {
            Group row = new SimpleGroup(schema);
            byte[] png = ImageCodec.encodePng(image);
            row.addGroup(IMAGE).append("bytes", Binary.fromConstantByteArray(png));
            if (label != Condition.NO_LABEL) {
              row.add(LABEL, (long) label);
            }
            writer.write(row);
          });
    }
  }

  private static HuggingFaceFeatures features(ImageChunk chunk) {
    HuggingFaceFeatures features = new HuggingFaceFeatures().image(IMAGE);
    if (!chunk.labelled()) {
      return features;
    }
    return chunk.classNames().isEmpty()
        ? features.value(LABEL, "int64")
        : features.classes(LABEL, chunk.classNames());
  }
}

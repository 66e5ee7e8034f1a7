package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.ParquetOutputFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;

/** Writes one shard, of format 2. Equal rows give equal bytes. For one thread. */
final class ShardWriter implements Closeable {
  private final RecordLayout layout;
  private final SimpleGroupFactory groups;
  private final ParquetWriter<Group> writer;

  ShardWriter(Configuration conf, ArtifactOutput out, RecordLayout layout) throws IOException {
    this.layout = layout;
    MessageType columns = ShardSchema.of(layout);
    this.groups = new SimpleGroupFactory(columns);
    this.writer =
        ExampleParquetWriter.builder(new ParquetOutputFile(out))
            .withType(columns)
            .withExtraMetaData(ShardSchema.metadata(layout))
            .withConf(conf)
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withDictionaryEncoding(ShardSchema.DATA, false)
            .withDictionaryEncoding(ShardSchema.CONTEXT, false)
            .withDictionaryEncoding(ShardSchema.SOURCE, false)
            .withDictionaryEncoding(ShardSchema.ID, false)
            .build();
  }

  /**
   * Appends a record.
   *
   * @param source where it came from
   */
  void write(long id, Example example, String source) throws IOException {
    checkArgument(
        example.payload().length == layout.payloadBytes()
            && example.context().length == layout.contextLength(),
        "%s: %s bytes and %s floats of context are no record of %s",
        source,
        example.payload().length,
        example.context().length,
        layout);
    Group row = groups.newGroup();
    row.add(ShardSchema.ID, id);
    if (example.label() != Condition.NO_LABEL) {
      row.add(ShardSchema.LABEL, example.label());
    }
    row.add(ShardSchema.DATA, Binary.fromConstantByteArray(example.payload()));
    if (layout.contextLength() > 0) {
      row.add(ShardSchema.CONTEXT, Binary.fromConstantByteArray(bytes(example.context())));
    }
    row.add(ShardSchema.SOURCE, source);
    writer.write(row);
  }

  private static byte[] bytes(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}

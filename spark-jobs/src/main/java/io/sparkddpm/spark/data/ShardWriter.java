package io.sparkddpm.spark.data;

import io.sparkddpm.image.LabelledImage;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.ParquetOutputFile;
import java.io.Closeable;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;

/** Writes one shard. Equal rows give equal bytes. For one thread. */
final class ShardWriter implements Closeable {
  private final SimpleGroupFactory groups = new SimpleGroupFactory(ShardSchema.TYPE);
  private final ParquetWriter<Group> writer;

  ShardWriter(Configuration conf, ArtifactOutput out) throws IOException {
    writer =
        ExampleParquetWriter.builder(new ParquetOutputFile(out))
            .withType(ShardSchema.TYPE)
            .withConf(conf)
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withDictionaryEncoding(ShardSchema.IMAGE, false)
            .withDictionaryEncoding(ShardSchema.SOURCE, false)
            .withDictionaryEncoding(ShardSchema.ID, false)
            .build();
  }

  void write(long id, LabelledImage image, String source) throws IOException {
    Group row = groups.newGroup();
    row.add(ShardSchema.ID, id);
    row.add(ShardSchema.LABEL, image.label());
    row.add(ShardSchema.HEIGHT, image.image().height());
    row.add(ShardSchema.WIDTH, image.image().width());
    row.add(ShardSchema.IMAGE, Binary.fromConstantByteArray(image.image().data()));
    row.add(ShardSchema.SOURCE, source);
    writer.write(row);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}

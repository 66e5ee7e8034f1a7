package io.sparkddpm.spark.sampling;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.HuggingFaceFeatures;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.ParquetOutputFile;
import io.sparkddpm.spark.store.ParquetRows;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/** A shard of samples as a Parquet file. Equal items give equal bytes. */
final class SampleFile {
  private static final String INDEX = "index";
  private static final String LABEL = "label";
  private static final String PNG = "png";

  private SampleFile() {}

  /** Writes a shard, row by row. For one thread. */
  static final class Writer implements Closeable {
    private final ArtifactOutput out;
    private final ParquetWriter<Group> parquet;
    private final MessageType schema;
    private final String column;
    private final boolean labelled;
    private long rows;

    /**
     * @param labelled whether all items have labels, or none has
     * @param extension of the items' files
     */
    Writer(Configuration conf, ArtifactOutput out, boolean labelled, String extension)
        throws IOException {
      this.labelled = labelled;
      this.column = extension;
      this.schema = schema();
      this.out = out;
      this.parquet =
          ExampleParquetWriter.builder(new ParquetOutputFile(out))
              .withConf(conf)
              .withType(schema)
              .withExtraMetaData(features().metadata())
              .withCompressionCodec(CompressionCodecName.UNCOMPRESSED) // PNG is compressed
              .withDictionaryEncoding(false)
              .build();
    }

    private MessageType schema() {
      Types.MessageTypeBuilder columns = Types.buildMessage();
      columns.required(PrimitiveTypeName.INT64).named(INDEX);
      if (labelled) {
        columns.required(PrimitiveTypeName.INT32).named(LABEL);
      }
      columns.required(PrimitiveTypeName.BINARY).named(column);
      return columns.named("sample");
    }

    /** What lets the {@code datasets} library show images as such. */
    private HuggingFaceFeatures features() {
      HuggingFaceFeatures features = new HuggingFaceFeatures().value(INDEX, "int64");
      if (labelled) {
        features.value(LABEL, "int32");
      }
      return column.equals(PNG) ? features.image(PNG) : features.value(column, "binary");
    }

    void write(Samples.Sample sample) throws IOException {
      Group row = new SimpleGroup(schema);
      row.add(INDEX, sample.index());
      if (labelled) {
        row.add(LABEL, sample.label());
      }
      row.add(column, Binary.fromConstantByteArray(sample.file()));
      parquet.write(row);
      rows++;
    }

    @Override
    public void close() throws IOException {
      parquet.close();
    }

    /** The file, once closed. */
    FileEntry entry() {
      return out.entry().withRecords(rows);
    }
  }

  static List<Samples.Sample> read(Configuration conf, URI dir, FileEntry shard) {
    URI uri = Locations.resolve(dir, shard.path());
    byte[] file = Artifact.read(conf, dir, shard);
    List<Samples.Sample> samples = new ArrayList<>();
    try (ParquetRows rows = new ParquetRows(conf, file, uri.toString(), file.length)) {
      rows.forEach(
          row ->
              samples.add(
                  new Samples.Sample(
                      row.getLong(INDEX, 0),
                      row.getType().containsField(LABEL)
                          ? row.getInteger(LABEL, 0)
                          : Condition.NO_LABEL,
                      row.getBinary(row.getType().getFieldCount() - 1, 0).getBytes())));
      if (samples.size() != rows.count()) {
        throw new UserException(
            "%s has %d samples, not the %d that it says", uri, samples.size(), rows.count());
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", uri, e.getMessage());
    }
    return samples;
  }
}

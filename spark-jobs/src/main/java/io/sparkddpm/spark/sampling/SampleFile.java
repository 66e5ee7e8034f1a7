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
import org.apache.parquet.schema.MessageTypeParser;

/** A shard of samples as a Parquet file. Equal images give equal bytes. */
final class SampleFile {
  private static final String INDEX = "index";
  private static final String PNG = "png";
  private static final String LABEL = "label";
  private static final MessageType UNLABELLED =
      MessageTypeParser.parseMessageType(
          "message sample { required int64 index; required binary png; }");
  private static final MessageType LABELLED =
      MessageTypeParser.parseMessageType(
          "message sample { required int64 index; required int32 label; required binary png; }");

  private SampleFile() {}

  /** Writes a shard, row by row. For one thread. */
  static final class Writer implements Closeable {
    private final ArtifactOutput out;
    private final ParquetWriter<Group> parquet;
    private final MessageType schema;
    private final boolean labelled;
    private long rows;

    /**
     * @param labelled whether all images have labels, or none has
     */
    Writer(Configuration conf, ArtifactOutput out, boolean labelled) throws IOException {
      this.labelled = labelled;
      this.schema = labelled ? LABELLED : UNLABELLED;
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

    /** What lets the {@code datasets} library show the rows as images. */
    private HuggingFaceFeatures features() {
      HuggingFaceFeatures features = new HuggingFaceFeatures().value(INDEX, "int64");
      return (labelled ? features.value(LABEL, "int32") : features).image(PNG);
    }

    void write(Samples.Sample sample) throws IOException {
      Group row = new SimpleGroup(schema);
      row.add(INDEX, sample.index());
      if (labelled) {
        row.add(LABEL, sample.label());
      }
      row.add(PNG, Binary.fromConstantByteArray(sample.png()));
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
                      row.getBinary(PNG, 0).getBytes())));
      if (samples.size() != rows.count()) {
        throw new UserException(
            "%s has %d images, not the %d that it says", uri, samples.size(), rows.count());
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", uri, e.getMessage());
    }
    return samples;
  }
}

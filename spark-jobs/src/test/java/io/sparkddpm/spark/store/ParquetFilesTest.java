package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.artifact.FileEntry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetFilesTest {
  private static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType("message row { required int64 id; }");
  private static final Configuration CONF = new Configuration(false);

  @Test
  void whatIsWrittenThroughAnArtifactIsReadFromItsBytes(@TempDir Path dir) throws IOException {
    FileEntry first = write(dir.toUri(), "a.parquet");
    FileEntry second = write(dir.toUri(), "b.parquet");
    assertEquals(Files.size(dir.resolve("a.parquet")), first.size());
    assertEquals(first.sha256(), second.sha256(), "equal rows give equal bytes");
    byte[] bytes = Artifact.read(CONF, dir.toUri(), first);
    assertArrayEquals(Files.readAllBytes(dir.resolve("a.parquet")), bytes);
    ParquetReader.Builder<Group> builder =
        new ParquetReader.Builder<Group>(new ParquetBytes(bytes, "a.parquet")) {
          @Override
          protected ReadSupport<Group> getReadSupport() {
            return new GroupReadSupport();
          }
        };
    try (ParquetReader<Group> reader = builder.build()) {
      for (long id = 0; id < 1000; id++) {
        assertEquals(id * id, reader.read().getLong("id", 0));
      }
      assertNull(reader.read());
    }
  }

  private static FileEntry write(URI dir, String name) throws IOException {
    ArtifactOutput out = ArtifactOutput.create(CONF, dir, name);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new ParquetOutputFile(out))
            .withConf(CONF)
            .withType(SCHEMA)
            .build()) {
      for (long id = 0; id < 1000; id++) {
        Group row = new SimpleGroup(SCHEMA);
        row.add("id", id * id);
        writer.write(row);
      }
    }
    return out.entry();
  }

  /** What another JVM would write: the lists of the footer in another order. */
  @Test
  void theFooterDoesNotDependOnTheJvm(@TempDir Path dir) throws IOException {
    FileEntry entry = write(dir.toUri(), "a.parquet");
    byte[] bytes = Artifact.read(CONF, dir.toUri(), entry);
    int length = CanonicalFooter.length(bytes, bytes.length);
    int begin = bytes.length - CanonicalFooter.TRAILER_BYTES - length;
    FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(bytes, begin, length));
    for (RowGroup group : footer.getRow_groups()) {
      for (ColumnChunk column : group.getColumns()) {
        assertTrue(column.getMeta_data().getEncodings().size() > 1);
        Collections.reverse(column.getMeta_data().getEncodings());
      }
    }
    Collections.reverse(footer.getKey_value_metadata());
    ByteArrayOutputStream other = new ByteArrayOutputStream();
    Util.writeFileMetaData(footer, other);
    assertEquals(length, other.size());
    other.write(bytes, bytes.length - CanonicalFooter.TRAILER_BYTES, CanonicalFooter.TRAILER_BYTES);
    byte[] own = Arrays.copyOfRange(bytes, begin, bytes.length);
    assertFalse(Arrays.equals(own, other.toByteArray()));
    assertArrayEquals(own, CanonicalFooter.of(other.toByteArray(), other.size()));
  }
}

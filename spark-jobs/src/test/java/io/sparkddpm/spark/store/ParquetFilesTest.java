package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.sparkddpm.artifact.FileEntry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
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
}

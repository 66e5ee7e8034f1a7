package io.sparkddpm.spark.fid;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.ParquetBytes;
import java.io.IOException;
import java.net.URI;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.InputFile;

/** A shard of samples: columns {@code index} and {@code png}. */
record SamplesPart(int index, URI dir, FileEntry shard) implements ImagePart {
  private static final long serialVersionUID = 1L;

  @Override
  public long images() {
    return shard.records();
  }

  @Override
  public String read(Configuration conf, BiConsumer<String, ByteImage> consumer) {
    URI uri = Locations.resolve(dir, shard.path());
    ParquetBytes file = new ParquetBytes(Artifact.read(conf, dir, shard), uri.toString());
    long rows = 0;
    try (ParquetReader<Group> reader = new Rows(file, conf).build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        String name = String.format(Locale.ROOT, "%s, image %d", uri, row.getLong("index", 0));
        consumer.accept(name, ImageCodec.decode(row.getBinary("png", 0).getBytesUnsafe(), name));
        rows++;
      }
    } catch (IOException e) {
      throw new UserException(e, "%s cannot be read as Parquet: %s", uri, e.getMessage());
    }
    if (rows != images()) {
      throw new UserException("%s has %d images, its manifest says %d", uri, rows, images());
    }
    return shard.sha256();
  }

  private static final class Rows extends ParquetReader.Builder<Group> {
    Rows(InputFile file, Configuration conf) {
      super(file);
      withConf(conf);
    }

    @Override
    protected ReadSupport<Group> getReadSupport() {
      return new GroupReadSupport();
    }
  }
}

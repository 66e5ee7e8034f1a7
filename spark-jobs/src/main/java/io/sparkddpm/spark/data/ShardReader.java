package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.ParquetBytes;
import java.io.IOException;
import java.net.URI;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.InputFile;

/** Reads shards straight from the file system, checked against the manifest. Stateless. */
public final class ShardReader {
  private ShardReader() {}

  /**
   * Reads a shard.
   *
   * @param shard its index in the dataset, from 0
   * @throws UserException naming the file, if it is missing, damaged or not of this dataset
   */
  public static DecodedShard read(Configuration conf, Dataset dataset, int shard) {
    Objects.checkIndex(shard, dataset.shards().size());
    FileEntry entry = dataset.shards().get(shard);
    URI uri = Locations.resolve(dataset.uri(), entry.path());
    byte[] file = Artifact.read(conf, dataset.uri(), entry);
    int count = Math.toIntExact(entry.records());
    int length = dataset.imageLength();
    long[] ids = new long[count];
    int[] labels = new int[count];
    byte[] pixels = new byte[Math.multiplyExact(count, length)];
    try (ParquetReader<Group> rows =
        new Rows(new ParquetBytes(file, uri.toString()), conf).build()) {
      for (int i = 0; i < count; i++) {
        Group row = rows.read();
        if (row == null) {
          throw new UserException("%s has %d images, its manifest says %d", uri, i, count);
        }
        byte[] image = row.getBinary(ShardSchema.IMAGE, 0).getBytesUnsafe();
        if (image.length != length
            || row.getInteger(ShardSchema.HEIGHT, 0) != dataset.height()
            || row.getInteger(ShardSchema.WIDTH, 0) != dataset.width()) {
          throw new UserException(
              "%s: row %d is not an image of [%d, %d, %d]",
              uri, i, dataset.channels(), dataset.height(), dataset.width());
        }
        ids[i] = row.getLong(ShardSchema.ID, 0);
        labels[i] = row.getInteger(ShardSchema.LABEL, 0);
        System.arraycopy(image, 0, pixels, i * length, length);
      }
      if (rows.read() != null) {
        throw new UserException("%s has more than the %d images of its manifest", uri, count);
      }
    } catch (IOException e) {
      throw new UserException(e, "%s cannot be read as Parquet: %s", uri, e.getMessage());
    }
    return new DecodedShard(ids, labels, pixels);
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

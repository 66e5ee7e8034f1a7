package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.ParquetRows;
import java.io.IOException;
import java.net.URI;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;

/** Reads shards straight from the file system, checked against the manifest. Stateless. */
public final class ShardReader {
  /** Bytes of a shard beside its pixels, ids and labels: where each image came from. */
  private static final long MOST = 256L << 20;

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
    int length = dataset.imageLength();
    long decoded = Dataset.decodedBytes(entry.records(), length);
    try (ParquetRows rows = new ParquetRows(conf, file, uri.toString(), MOST + 2 * decoded)) {
      if (rows.count() != entry.records()) {
        throw new UserException(
            "%s has %d images, its manifest says %d", uri, rows.count(), entry.records());
      }
      if (rows.content() < rows.count() * length || decoded > Integer.MAX_VALUE - 8) {
        throw new UserException(
            "%s has %d bytes for %d images of [%d, %d, %d]",
            uri,
            rows.content(),
            rows.count(),
            dataset.channels(),
            dataset.height(),
            dataset.width());
      }
      return decode(rows, dataset, uri);
    } catch (IOException e) {
      throw new UserException(e, "%s cannot be read as Parquet: %s", uri, e.getMessage());
    }
  }

  private static DecodedShard decode(ParquetRows rows, Dataset dataset, URI uri) {
    int count = (int) rows.count();
    int length = dataset.imageLength();
    long[] ids = new long[count];
    int[] labels = new int[count];
    byte[] pixels = new byte[count * length];
    int[] next = new int[1];
    rows.forEach(
        row -> {
          int i = next[0]++;
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
        });
    if (next[0] != count) {
      throw new UserException("%s has %d images, not the %d that it says", uri, next[0], count);
    }
    return new DecodedShard(ids, labels, pixels);
  }
}

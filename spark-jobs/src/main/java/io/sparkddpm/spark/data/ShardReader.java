package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.ParquetRows;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;

/**
 * Reads shards of both formats straight from the file system, checked against the manifest.
 * Stateless.
 */
public final class ShardReader {
  /** Bytes of a shard beside its values, ids and labels: where each record came from. */
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
    RecordLayout layout = dataset.layout();
    long decoded = entry.records() * layout.memoryBytes();
    try (ParquetRows rows = new ParquetRows(conf, file, uri.toString(), MOST + 2 * decoded)) {
      if (rows.count() != entry.records()) {
        throw new UserException(
            "%s has %d records, its manifest says %d", uri, rows.count(), entry.records());
      }
      if (rows.content() < rows.count() * layout.payloadBytes()
          || decoded > Integer.MAX_VALUE - 8) {
        throw new UserException(
            "%s has %d bytes for %d records of %s", uri, rows.content(), rows.count(), layout);
      }
      boolean first = ShardSchema.isFirstFormat(rows.metadata());
      if (!first && !rows.metadata().entrySet().containsAll(metadata(layout))) {
        throw new UserException(
            "%s describes itself as %s, not as a shard of %s", uri, rows.metadata(), layout);
      }
      return new Rows(uri, layout, (int) rows.count()).decode(rows, first);
    } catch (IOException e) {
      throw new UserException(e, "%s cannot be read as Parquet: %s", uri, e.getMessage());
    }
  }

  private static Set<Map.Entry<String, String>> metadata(RecordLayout layout) {
    return ShardSchema.metadata(layout).entrySet();
  }

  /** The rows of one shard, as they come. */
  private static final class Rows {
    private final URI uri;
    private final RecordLayout layout;
    private final long[] ids;
    private final int[] labels;
    private final byte[] payload;
    private final float[] context;
    private int next;

    Rows(URI uri, RecordLayout layout, int count) {
      this.uri = uri;
      this.layout = layout;
      this.ids = new long[count];
      this.labels = new int[count];
      this.payload = new byte[count * layout.payloadBytes()];
      this.context = new float[count * layout.contextLength()];
    }

    DecodedShard decode(ParquetRows rows, boolean firstFormat) {
      rows.forEach(firstFormat ? this::takeImage : this::takeRecord);
      if (next != ids.length) {
        throw new UserException(
            "%s has %d records, not the %d that it says", uri, next, ids.length);
      }
      return new DecodedShard(ids, labels, payload, context);
    }

    private void takeRecord(Group row) {
      ids[next] = row.getLong(ShardSchema.ID, 0);
      labels[next] =
          row.getFieldRepetitionCount(ShardSchema.LABEL) == 0
              ? Condition.NO_LABEL
              : row.getInteger(ShardSchema.LABEL, 0);
      takeValues(row, ShardSchema.DATA);
      if (layout.contextLength() > 0) {
        takeContext(row.getBinary(ShardSchema.CONTEXT, 0).toByteBuffer());
      }
      next++;
    }

    private void takeContext(ByteBuffer stored) {
      int length = layout.contextLength();
      require(stored.remaining() == length * Float.BYTES);
      stored.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(context, next * length, length);
    }

    /** A row of format 1. */
    private void takeImage(Group row) {
      ids[next] = row.getLong(ShardSchema.ID, 0);
      labels[next] = row.getInteger(ShardSchema.LABEL, 0);
      require(
          layout.hasPixels()
              && row.getInteger(ShardSchema.HEIGHT, 0) == layout.shape().dim(1)
              && row.getInteger(ShardSchema.WIDTH, 0) == layout.shape().dim(2));
      takeValues(row, ShardSchema.IMAGE);
      next++;
    }

    private void takeValues(Group row, String column) {
      ByteBuffer stored = row.getBinary(column, 0).toByteBuffer();
      int length = layout.payloadBytes();
      require(stored.remaining() == length);
      stored.get(payload, next * length, length);
    }

    private void require(boolean fits) {
      if (!fits) {
        throw new UserException("%s: row %d is not a record of %s", uri, next, layout);
      }
    }
  }
}

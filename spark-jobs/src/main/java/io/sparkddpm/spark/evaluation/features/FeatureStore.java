package io.sparkddpm.spark.evaluation.features;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageTally;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.statistics.FeatureFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * The features of a set of images, in a file for each of its parts. They stay there: tasks read the
 * rows that they need. Rows are numbered in the order of the images.
 *
 * @param dir where the files lie
 * @param shards in the order of the images
 */
public record FeatureStore(URI dir, List<FeatureShard> shards) implements Serializable {
  private static final long serialVersionUID = 1L;

  public FeatureStore {
    shards = new ArrayList<>(shards); // serialised by Java and by Kryo
  }

  public long images() {
    return shards.stream().mapToLong(FeatureShard::images).sum();
  }

  /** Of the image files that were decoded. */
  public ImageTally tally() {
    return shards.stream().map(FeatureShard::tally).reduce(ImageTally.NONE, ImageTally::plus);
  }

  /** Takes rows. */
  public interface Rows {
    void accept(float[] values, int count);
  }

  /** Reads a layer's rows of one shard in order, and checks the whole file. */
  public FeatureFile.Header scan(Configuration conf, FeatureShard shard, String layer, Rows rows) {
    URI uri = Locations.resolve(dir, shard.file().path());
    try (InputStream in =
        new BufferedInputStream(Locations.fileSystem(conf, uri).open(new Path(uri)), 1 << 20)) {
      return FeatureFile.scan(
          in, uri.toString(), layer, (values, first, count) -> rows.accept(values, count));
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", uri, e.getMessage());
    }
  }

  private static FeatureFile.Header header(InputStream in, FeatureShard shard, URI uri)
      throws IOException {
    FeatureFile.Header header = FeatureFile.readHeader(in, uri.toString());
    if (header.count() != shard.images() || header.fileLength() != shard.file().size()) {
      throw new UserException(
          "%s says that it has %d images and %d bytes; it should have %d and %d",
          uri, header.count(), header.fileLength(), shard.images(), shard.file().size());
    }
    return header;
  }

  /** Labels of a shard's images. */
  public int[] labels(Configuration conf, FeatureShard shard) {
    URI uri = Locations.resolve(dir, shard.file().path());
    try (FSDataInputStream in = Locations.fileSystem(conf, uri).open(new Path(uri))) {
      FeatureFile.Header header = header(new BufferedInputStream(in), shard, uri);
      byte[] bytes = new byte[Integer.BYTES * header.count()];
      in.readFully(header.length(), bytes);
      int[] labels = new int[header.count()];
      ByteBuffer.wrap(bytes).asIntBuffer().get(labels);
      return labels;
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", uri, e.getMessage());
    }
  }

  /** Rows [from, to) of a layer, flat [to − from, D]. */
  public float[] range(Configuration conf, String layer, long from, long to) {
    long[] rows = new long[Math.toIntExact(to - from)];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = from + i;
    }
    return rows(conf, layer, rows);
  }

  /**
   * Some rows of a layer.
   *
   * @param rows ascending
   */
  public float[] rows(Configuration conf, String layer, long[] rows) {
    float[] values = new float[0];
    int done = 0;
    long first = 0;
    for (FeatureShard shard : shards) {
      int end = done;
      while (end < rows.length && rows[end] < first + shard.images()) {
        end++;
      }
      if (end > done) {
        values = read(conf, shard, layer, rows, done, end, first, values);
        done = end;
      }
      first += shard.images();
    }
    checkArgument(done == rows.length, "row %s is not below %s", rows.length, images());
    return values;
  }

  private float[] read(
      Configuration conf,
      FeatureShard shard,
      String layer,
      long[] rows,
      int from,
      int to,
      long first,
      float[] values) {
    URI uri = Locations.resolve(dir, shard.file().path());
    try (FSDataInputStream in = Locations.fileSystem(conf, uri).open(new Path(uri))) {
      FeatureFile.Header header = header(new BufferedInputStream(in, 4096), shard, uri);
      int at = header.indexOf(layer);
      int d = header.layers().get(at).dimension();
      float[] target = values.length > 0 ? values : new float[Math.multiplyExact(rows.length, d)];
      for (int i = from; i < to; ) {
        int run = i + 1;
        while (run < to && rows[run] == rows[run - 1] + 1) {
          run++; // neighbours in the file are read at once
        }
        byte[] bytes = new byte[Math.multiplyExact(Float.BYTES * d, run - i)];
        in.readFully(header.position(at, Math.toIntExact(rows[i] - first)), bytes);
        ByteBuffer.wrap(bytes).asFloatBuffer().get(target, i * d, (run - i) * d);
        i = run;
      }
      return target;
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", uri, e.getMessage());
    }
  }
}

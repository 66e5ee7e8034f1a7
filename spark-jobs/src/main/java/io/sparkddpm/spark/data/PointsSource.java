package io.sparkddpm.spark.data;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.config.Key;
import io.sparkddpm.config.Variant;
import io.sparkddpm.error.BadRecordException;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.points.PointFiles;
import io.sparkddpm.points.PointScale;
import io.sparkddpm.points.PointSet;
import io.sparkddpm.points.PointsMedium;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;

/**
 * PLY and XYZ files with a set of points each, which become float records of so many points. Which
 * points of a larger set are taken depends on the file's content alone.
 */
@Variant(value = "points", description = "PLY and XYZ files, a set of points in each")
public record PointsSource(
    @Key(value = "points of a record", range = "[1, inf)") int points,
    @Key("which points of a file are taken") Selection selection,
    @Key("how sets are centred and scaled, each by itself") PointScale scale)
    implements RecordSource {
  private static final long serialVersionUID = 1L;

  /** Of a file's points. */
  public enum Selection {
    /** All: a file with another number of points is a bad record. */
    ALL,
    /** Some at random; a file with fewer is a bad record. */
    RANDOM
  }

  /** As many as the default transformer takes. */
  public PointsSource() {
    this(256, Selection.RANDOM, PointScale.DEVIATION);
  }

  /** Refuses nulls. */
  public PointsSource {
    Objects.requireNonNull(selection);
    Objects.requireNonNull(scale);
  }

  @Override
  public List<String> extensions() {
    return PointFiles.EXTENSIONS;
  }

  @Override
  public RecordLayout layout(ShardConfig config) {
    return new RecordLayout(DataType.FLOAT32, PointSet.shape(points));
  }

  @Override
  public Medium medium() {
    return new PointsMedium(scale);
  }

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    return ItemFiles.list(conf, inputs, extensions());
  }

  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawRecord> consumer)
      throws IOException {
    ItemFiles.read(conf, slice, consumer);
  }

  @Override
  public RecordDecoder decoder(ShardConfig config) {
    RecordLayout layout = layout(config);
    return raw -> {
      PointSet set = PointFiles.read(ItemFiles.bytes(raw), raw.source());
      PointSet scaled = taken(set, raw).scaled(scale, raw.source());
      byte[] payload = new byte[layout.payloadBytes()];
      DataType.FLOAT32.toBytes(scaled.toBatch().data(), 0, payload);
      return new Example(payload, raw.label());
    };
  }

  private PointSet taken(PointSet set, RawRecord raw) {
    if (selection == Selection.RANDOM) {
      long seed = ByteBuffer.wrap(Sha256.digest().digest(raw.bytes())).getLong();
      return set.chosen(points, seed, raw.source());
    }
    if (set.count() != points) {
      throw new BadRecordException(
          "%s has %d points, not %d (shard.format.selection=random takes some of more)",
          raw.source(), set.count(), points);
    }
    return set;
  }
}

package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.Key;
import io.sparkddpm.image.ResizeFilter;
import java.io.Serializable;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How images become a dataset. */
public record ShardConfig(
    @Key("format of the inputs: cifar10, folder, huggingface, lsun-lmdb, npz, table or webdataset")
        String format,
    @Key(value = "side of the square images, in pixels", range = "[1, 4096]") int imageSize,
    @Key("filter by which images of another size are resized") ResizeFilter resize,
    @Key(
            value = "images in a shard; a shard is read as a whole and holds at most 1 GiB",
            range = "[1, inf)")
        int recordsPerShard,
    @Key(
            value = "how many images that cannot be decoded are left out before the job gives up",
            range = "[0, inf)")
        int badImageLimit,
    @Key("column of the images, where the inputs have several; empty for the only one")
        String imageColumn,
    @Key("column of the labels; empty for the only one, none to take no labels") String labelColumn,
    @Key(
            "column that identifies the rows of a table and decides their order; empty to order"
                + " them by the images' content")
        String idColumn,
    @Key(
            "whether inputs whose neighbours may be alike are mixed when shards are cut; otherwise"
                + " records keep the inputs' order")
        boolean mix)
    implements Serializable {
  private static final long MAX_SHARD_BYTES = 1L << 30;

  /** CIFAR-10 as it is. */
  public static final ShardConfig DEFAULTS =
      new ShardConfig("cifar10", 32, ResizeFilter.AREA, 1000, 0);

  /** Of the only columns, mixed where the format is. */
  public ShardConfig(
      String format, int imageSize, ResizeFilter resize, int recordsPerShard, int badImageLimit) {
    this(format, imageSize, resize, recordsPerShard, badImageLimit, "", "", "", true);
  }

  public ShardConfig {
    checkArgument(
        format != null
            && resize != null
            && imageColumn != null
            && labelColumn != null
            && idColumn != null,
        "shard.format, shard.resize, shard.image-column, shard.label-column and"
            + " shard.id-column are required");
    RecordSources.named(format);
    checkArgument(
        imageSize >= 1 && imageSize <= 4096,
        "shard.image-size must be 1 to 4096, got %s",
        imageSize);
    checkArgument(
        recordsPerShard >= 1,
        "shard.records-per-shard must be at least 1, got %s",
        recordsPerShard);
    checkArgument(
        3L * imageSize * imageSize * recordsPerShard <= MAX_SHARD_BYTES,
        "shard.records-per-shard %s of %s pixels square are more than a shard's 1 GiB; at most %s",
        recordsPerShard,
        imageSize,
        MAX_SHARD_BYTES / (3L * imageSize * imageSize));
    checkArgument(
        badImageLimit >= 0, "shard.bad-image-limit must not be negative, got %s", badImageLimit);
  }

  /** The same with another side of the images. */
  public ShardConfig withImageSize(int size) {
    return with(format, size);
  }

  /** The same for other inputs. */
  public ShardConfig withFormat(String other) {
    return with(other, imageSize);
  }

  private ShardConfig with(String otherFormat, int size) {
    return new ShardConfig(
        otherFormat,
        size,
        resize,
        recordsPerShard,
        badImageLimit,
        imageColumn,
        labelColumn,
        idColumn,
        mix);
  }

  /** What the records are made from. */
  RecordSource source() {
    return RecordSources.named(format).with(this);
  }

  /** Whether the inputs are queries or tables of Spark. */
  public boolean takesTables() {
    return source().takesTables();
  }

  /** The columns that are read. */
  ColumnChoice columns() {
    return new ColumnChoice(imageColumn, labelColumn);
  }

  /** What the records are. */
  public RecordLayout layout() {
    return source().layout(this);
  }

  /** As it stands in manifests: later keys only where they are not at their defaults. */
  Map<String, String> toMap() {
    Map<String, String> map = new TreeMap<>();
    map.put("shard.format", format);
    map.put("shard.image-size", Integer.toString(imageSize));
    map.put("shard.resize", resize.name().toLowerCase(Locale.ROOT));
    map.put("shard.records-per-shard", Integer.toString(recordsPerShard));
    map.put("shard.bad-image-limit", Integer.toString(badImageLimit));
    if (!imageColumn.isEmpty()) {
      map.put("shard.image-column", imageColumn);
    }
    if (!labelColumn.isEmpty()) {
      map.put("shard.label-column", labelColumn);
    }
    if (!idColumn.isEmpty()) {
      map.put("shard.id-column", idColumn);
    }
    if (!mix) {
      map.put("shard.mix", "false");
    }
    return map;
  }
}

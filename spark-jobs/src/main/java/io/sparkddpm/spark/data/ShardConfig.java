package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.config.Key;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ResizeFilter;
import io.sparkddpm.medium.ImageMedium;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** How images become a dataset. */
public record ShardConfig(
    @Key("what the inputs are (data.md)") RecordSource format,
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
    @Key(
            "whether inputs whose neighbours may be alike are mixed when shards are cut; otherwise"
                + " records keep the inputs' order")
        boolean mix)
    implements Serializable {
  private static final long MAX_SHARD_BYTES = 1L << 30;
  private static final List<String> OF_IMAGES = List.of("shard.image-size", "shard.resize");

  /** CIFAR-10 as it is. */
  public static final ShardConfig DEFAULTS =
      new ShardConfig(new Cifar10Source(), 32, ResizeFilter.AREA, 1000, 0);

  /** Mixed where the format is. */
  public ShardConfig(
      RecordSource format,
      int imageSize,
      ResizeFilter resize,
      int recordsPerShard,
      int badImageLimit) {
    this(format, imageSize, resize, recordsPerShard, badImageLimit, true);
  }

  public ShardConfig {
    Objects.requireNonNull(format);
    Objects.requireNonNull(resize);
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

  /** Whether the inputs are queries or tables of Spark, which are read before they are listed. */
  public boolean takesTables() {
    return format instanceof TableSource;
  }

  /** What the records are. */
  public RecordLayout layout() {
    return format.layout(this);
  }

  private boolean givesImages() {
    return format.medium() instanceof ImageMedium;
  }

  /**
   * Refuses a format of another medium than images.
   *
   * @param command that measures images
   * @throws UserException saying what to use instead
   */
  public void requireImages(String command) {
    if (!givesImages()) {
      throw new UserException(
          "'%s' is for images, and shard.format.type=%s gives %s: use 'shard', 'train', 'sample'"
              + " and 'measure' in turn",
          command, ConfigBinder.type(format), format.medium().plural());
    }
  }

  /**
   * Refuses keys that are for images where the format is for something else.
   *
   * @param set keys that a configuration sets
   * @throws UserException naming one
   */
  public void refuseIgnored(Collection<String> set) {
    for (String key : OF_IMAGES) {
      if (set.contains(key) && !givesImages()) {
        throw new UserException(
            "%s is for images, and shard.format.type=%s gives %s: leave it out",
            key, ConfigBinder.type(format), format.medium().plural());
      }
    }
  }

  /**
   * Checks that a shard can be read as a whole.
   *
   * @throws UserException saying how many records it can have
   */
  void requireShardSize() {
    RecordLayout layout = layout();
    long most = MAX_SHARD_BYTES / layout.payloadBytes();
    if (recordsPerShard > most) {
      throw new UserException(
          "shard.records-per-shard %s of records of %s are more than a shard's 1 GiB; at most %s",
          recordsPerShard, layout, most);
    }
  }

  /**
   * As it stands in manifests: columns only where they are set, order only where it is not mixed.
   */
  Map<String, String> toMap() {
    Map<String, String> map = new TreeMap<>();
    map.put("shard.format", ConfigBinder.type(format));
    map.put("shard.image-size", Integer.toString(imageSize));
    map.put("shard.resize", resize.name().toLowerCase(Locale.ROOT));
    map.put("shard.records-per-shard", Integer.toString(recordsPerShard));
    map.put("shard.bad-image-limit", Integer.toString(badImageLimit));
    ConfigText.flatten((Record) format)
        .forEach(
            (key, value) -> {
              if (!value.isEmpty()) {
                map.put("shard." + key, value);
              }
            });
    if (!mix) {
      map.put("shard.mix", "false");
    }
    return map;
  }
}

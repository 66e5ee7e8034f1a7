package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keys of sources of records. */
class ShardConfigTest {
  private static ConfigBinder.Bound<ShardConfig> resolve(String... assignments) {
    return ConfigBinder.resolve(
        ShardConfig.DEFAULTS, ConfigLayer.assignments("test", List.of(assignments)));
  }

  @Test
  void onlyTheChosenFormatsKeysExist() {
    assertEquals(
        new TableSource("photo", "", "id"),
        resolve("format=table", "format.image-column=photo", "format.id-column=id")
            .value()
            .format());
    UserException e =
        assertThrows(
            UserException.class, () -> resolve("format.type=huggingface", "format.id-column=id"));
    assertTrue(
        e.getMessage().endsWith("is a key of type table, but format.type is huggingface"),
        e.getMessage());
    e = assertThrows(UserException.class, () -> resolve("format.label-column=kind"));
    assertTrue(
        e.getMessage()
            .endsWith(
                "is a key of type huggingface or npz or table or webdataset, but format.type is"
                    + " cifar10"),
        e.getMessage());
  }

  @Test
  void formerNamesAreAcceptedAndManifestsKeepThem() {
    ConfigBinder.Bound<ShardConfig> bound =
        resolve("format=webdataset", "image-column=seg.png", "label-column=none");
    assertEquals(new WebDatasetSource("seg.png", "none"), bound.value().format());
    assertEquals(
        List.of(
            "image-column (test image-column) is called format.image-column now",
            "label-column (test label-column) is called format.label-column now"),
        bound.notices());
    assertEquals(
        "{shard.bad-image-limit=0, shard.format=webdataset, shard.image-column=seg.png,"
            + " shard.image-size=32, shard.label-column=none, shard.records-per-shard=1000,"
            + " shard.resize=area}",
        bound.value().toMap().toString());
  }
}

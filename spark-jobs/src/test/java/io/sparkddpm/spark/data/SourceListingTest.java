package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceListingTest {
  @TempDir private Path dir;

  private SourceListing list(String... files) throws IOException {
    for (String file : files) {
      Files.createDirectories(dir.resolve(file).getParent());
      Files.write(dir.resolve(file), new byte[] {1});
    }
    ShardConfig folders =
        ConfigBinder.bind(ShardConfig.DEFAULTS, ConfigLayer.text("test", "format = folder"));
    return SourceListing.of(new Configuration(false), List.of(dir.toUri()), folders);
  }

  @Test
  void filesAreLabelledByTheNamesOfADatasetThatHasOtherClasses() throws IOException {
    SourceListing listing = list("cats/1.png", "dogs/2.png");
    assertEquals(List.of("cats", "dogs"), listing.classNames());
    List<Integer> labels = new ArrayList<>();
    listing.labelled(List.of("birds", "cats", "dogs")).forEach(s -> labels.add(s.label()));
    assertEquals(List.of(1, 2), labels);
  }

  @Test
  void aFolderThatCameLaterDoesNotChangeTheLabelsOfOthers() throws IOException {
    SourceListing planned = list("cats/1.png", "dogs/2.png");
    FileSet files = new FileSet();
    planned.forEachFile((name, file) -> files.add(file));
    SourceListing now = list("birds/3.png").only(files).labelled(planned.classNames());
    assertEquals(planned.fingerprint(), now.fingerprint());
    List<Integer> labels = new ArrayList<>();
    now.forEach(s -> labels.add(s.label()));
    assertEquals(List.of(0, 1), labels);
  }

  @Test
  void aFileOfAClassThatADatasetHasNotIsRefused() throws IOException {
    SourceListing listing = list("cats/1.png", "dogs/2.png");
    String message =
        assertThrows(UserException.class, () -> listing.labelled(List.of("cats"))).getMessage();
    assertTrue(
        message.contains("dogs/2.png is of class dogs, but the dataset has the classes cats"));
  }
}

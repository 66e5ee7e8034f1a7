package io.sparkddpm.spark.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlainFileTest {
  private static final Configuration CONF = new Configuration();

  @TempDir Path dir;

  @Test
  void isWrittenInPlaceOfAnOlderOne() throws IOException {
    Path file = dir.resolve("result.json");
    Files.writeString(file, "an older and longer one");
    PlainFile.write(CONF, file.toUri(), new byte[] {1, 2});
    assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(file));
  }

  /** Hadoop's local disk says it by an error, which is no exception. */
  @Test
  void aFullDiskIsNamedAndLeavesNoHalfOfIt() throws IOException {
    Path file = dir.resolve("result.json");
    Files.createSymbolicLink(file, Path.of("/dev/full"));
    URI uri = file.toUri();
    UserException e =
        assertThrows(UserException.class, () -> PlainFile.write(CONF, uri, new byte[100]));
    assertEquals("cannot write " + uri + ": No space left on device", e.getMessage());
    assertFalse(Files.exists(file, LinkOption.NOFOLLOW_LINKS));
  }
}

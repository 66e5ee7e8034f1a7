package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import org.junit.jupiter.api.Test;

class FileSetTest {
  private static InputFile file(int i, long size, long modified) {
    return new InputFile(
        URI.create("s3a://bucket/images/class-" + i % 7 + "/image-" + i + ".png"), size, modified);
  }

  @Test
  void holdsWhatWasAdded() {
    FileSet files = new FileSet();
    int count = 50_000;
    for (int i = 0; i < count; i++) {
      assertTrue(files.add(file(i, i, 1_700_000_000_000L + i)), "file " + i);
    }
    assertEquals(count, files.size());
    for (int i = 0; i < count; i++) {
      assertTrue(files.has(file(i, 0, 0).uri()));
      assertTrue(files.test(file(i, i, 1_700_000_000_000L + i)));
      assertFalse(files.test(file(i, i + 1, 1_700_000_000_000L + i)), "of another size");
      assertFalse(files.test(file(i, i, 1_700_000_000_001L + i)), "of another time");
    }
    for (int i = count; i < 2 * count; i++) {
      assertFalse(files.has(file(i, 0, 0).uri()));
    }
    assertTrue(files.bytes() <= 64L * count, () -> files.bytes() + " bytes");
  }

  @Test
  void aFileOfTheSameUriTakesThePlace() {
    FileSet files = new FileSet();
    assertTrue(files.add(file(1, 10, 20)));
    assertFalse(files.add(file(1, 11, 20)));
    assertEquals(1, files.size());
    assertTrue(files.test(file(1, 11, 20)));
    assertFalse(files.test(file(1, 10, 20)));
  }
}

package io.sparkddpm.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ShapesImagesTest {
  @Test
  void imagesDependOnSeedAndIndexAlone() throws Exception {
    assertEquals(ShapesImages.draw(3, 41), ShapesImages.draw(3, 41));
    assertNotEquals(ShapesImages.draw(3, 41), ShapesImages.draw(3, 51));
    assertNotEquals(ShapesImages.draw(3, 41), ShapesImages.draw(4, 41));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ShapesImages.write(out, 1, 100);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(out.toByteArray());
    // Every machine draws the same images; a change of the drawing changes this.
    assertEquals("437a5da2605183be", HexFormat.of().formatHex(digest, 0, 8));
  }

  @Test
  void classesTakeTurnsAndReadBackAsCifar10() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ShapesImages.write(out, 1, 50);
    byte[] bytes = out.toByteArray();
    assertEquals(50, Cifar10.records(bytes.length, "shapes"));
    for (int i = 0; i < 50; i++) {
      LabelledImage image = Cifar10.decode(bytes, i * Cifar10.RECORD_BYTES, "shapes", i);
      assertEquals(i % 10, image.label());
      assertEquals(ShapesImages.draw(1, i), image);
    }
  }

  @Test
  void shapesAreInsideDistinctAndNotEmpty() {
    Set<ByteImage> seen = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      ByteImage image = ShapesImages.draw(9, i).image();
      assertTrue(seen.add(image), "image " + i + " is there twice");
      int ground = 0;
      for (int y = 0; y < 32; y++) {
        for (int x = 0; x < 32; x++) {
          boolean plain =
              image.get(0, y, x) == 24 && image.get(1, y, x) == 28 && image.get(2, y, x) == 44;
          ground += plain ? 1 : 0;
          boolean border = y == 0 || x == 0 || y == 31 || x == 31;
          assertTrue(plain || !border, "image " + i + " touches its border");
        }
      }
      assertTrue(ground > 300 && ground < 950, "image " + i + ": " + ground);
    }
  }
}

package io.sparkddpm.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureFileTest {
  private static final ExtractorIdentity NETWORK = new ExtractorIdentity("net", "hash", "tf1");
  private static final List<FeatureLayer> LAYERS =
      List.of(new FeatureLayer("wide", 5, "FID-wide"), new FeatureLayer("three", 3, "FID-3"));
  private static final int N = 150;

  private final float[] wide = FrechetDistanceTest.features(N, 5, 1);
  private final float[] three = FrechetDistanceTest.features(N, 3, 2);

  private byte[] bytes() throws IOException {
    int[] labels = new int[N];
    Arrays.setAll(labels, i -> i % 4 - 1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FeatureFile.write(
        out, NETWORK, LAYERS, "set ü part 3", "digest", labels, new float[][] {wide, three});
    return out.toByteArray();
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    byte[] bytes = bytes();
    float[] read = new float[N * 3];
    FeatureFile.Header header =
        FeatureFile.scan(
            new ByteArrayInputStream(bytes),
            "file",
            "three",
            (values, first, count) -> System.arraycopy(values, 0, read, first * 3, count * 3));
    assertArrayEquals(three, read);
    assertEquals(NETWORK, header.extractor());
    assertEquals(LAYERS, header.layers());
    assertEquals("set ü part 3", header.source());
    assertEquals("digest", header.digest());
    assertEquals(N, header.count());
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    assertEquals(-1, buffer.getInt(header.length()));
    assertEquals(2, buffer.getInt(header.length() + 4 * 3));
    int at = Math.toIntExact(header.position(header.indexOf("three"), 77));
    assertEquals(three[77 * 3 + 2], buffer.getFloat(at + 8));
    assertEquals(wide[0], buffer.getFloat(Math.toIntExact(header.position(0, 0))));
  }

  @Test
  void anythingButTheWholeFileIsRefused() throws IOException {
    byte[] bytes = bytes();
    for (int cut : new int[] {5, 40, 90, 400, bytes.length - 33, bytes.length - 1}) {
      refused(Arrays.copyOf(bytes, cut), "truncated");
    }
    refused(Arrays.copyOf(bytes, bytes.length + 1), "its hash is another");
    byte[] altered = bytes.clone();
    altered[bytes.length / 2] ^= 1;
    refused(altered, "its hash is another");
    byte[] foreign = bytes.clone();
    foreign[0] ^= 1;
    refused(foreign, "not a file of features");
  }

  private static void refused(byte[] bytes, String why) {
    UserException e =
        assertThrows(
            UserException.class,
            () -> FeatureFile.scan(new ByteArrayInputStream(bytes), "f", null, null));
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }
}

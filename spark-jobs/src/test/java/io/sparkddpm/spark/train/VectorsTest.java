package io.sparkddpm.spark.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VectorsTest {
  private static float[] ramp(int length, float from) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = from + i;
    }
    return values;
  }

  @Test
  void blocksCoverEveryValueOnce() {
    BlockGrid grid = new Vectors(ramp(2_345, 0), ramp(2_345, 1)).grid(1_000);
    assertEquals(6, grid.blocks());
    int[][] times = new int[2][2_345];
    for (int b = 0; b < grid.blocks(); b++) {
      for (int i = 0; i < grid.length(b); i++) {
        times[grid.vector(b)][grid.offset(b) + i]++;
      }
    }
    for (int[] vector : times) {
      assertTrue(IntStream.of(vector).allMatch(n -> n == 1));
    }
    assertEquals(345, grid.length(5));
  }

  @Test
  void everyBlockHasOneAveragingTask() {
    BlockGrid grid = new BlockGrid(3, 10, 1);
    int[] all =
        IntStream.range(0, 7)
            .flatMap(t -> IntStream.of(Averages.blocksOf(t, 7, grid)))
            .sorted()
            .toArray();
    assertArrayEquals(IntStream.range(0, 30).toArray(), all);
  }

  @Test
  void valuesKeepTheirBitsAsBytes() throws IOException {
    float[] sent = ramp(FloatBytes.CHUNK, -3e6f);
    sent[0] = -0f;
    sent[1] = Float.MIN_VALUE;
    sent[2] = Float.intBitsToFloat(0x7fc00123);
    byte[] bytes = new byte[FloatBytes.CHUNK * Float.BYTES];
    FloatBytes.write(sent, 5, 1_000, bytes);
    FloatBytes.write(sent, 0, 3, bytes);
    float[] received = new float[1_007];
    new FloatBytes().read(new ByteArrayInputStream(bytes), received, 7, 1_000);
    for (int i = 0; i < 1_000; i++) {
      int from = i < 3 ? i : 5 + i;
      assertEquals(Float.floatToRawIntBits(sent[from]), Float.floatToRawIntBits(received[7 + i]));
    }
    var short1 = new ByteArrayInputStream(bytes, 0, 7);
    assertThrows(IllegalStateException.class, () -> new FloatBytes().read(short1, received, 0, 2));
  }

  @Test
  void aBroadcastVectorKeepsItsValues() throws Exception {
    float[] sent = ramp(100_000, 0.5f);
    var bytes = new ByteArrayOutputStream();
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(new VectorBlock(sent, 10, 99_000));
    }
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      VectorBlock received = (VectorBlock) in.readObject();
      assertEquals(99_000, received.length());
      for (int i = 0; i < 99_000; i++) {
        assertEquals(sent[10 + i], received.array()[received.offset() + i]);
      }
    }
  }

  @Test
  void findsWhatIsNoNumber() {
    float[] values = ramp(10, 0);
    assertTrue(new Vectors(values, values).areFinite());
    values[9] = Float.NaN;
    assertFalse(new Vectors(ramp(10, 0), values).areFinite());
  }
}

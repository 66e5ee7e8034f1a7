package io.sparkddpm.spark.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

class VectorsTest {
  private static float[] ramp(int length, float from) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = from + i;
    }
    return values;
  }

  @Test
  void blocksTravelAndFindTheirPlace() throws Exception {
    int length = 2 * Vectors.BLOCK + 12345;
    var sent = new Vectors(ramp(length, 0.5f), ramp(length, -3e6f));
    assertEquals(6, sent.blocks());
    Object[] outputs = new Object[sent.blocks()];
    for (int b = 0; b < outputs.length; b++) {
      outputs[b] = new Tuple2<>(BlockKey.of(b, 3), WorkerOutput.block(7, sent.block(b)));
    }
    var received = new Vectors(new float[length], new float[length]);
    for (Object o : (Object[]) roundTrip(outputs)) {
      @SuppressWarnings("unchecked")
      var output = (Tuple2<Long, WorkerOutput>) o;
      assertEquals(7, output._2().weight());
      received.set(BlockKey.block(output._1()), output._2().block());
    }
    assertArrayEquals(sent.arrays()[0], received.arrays()[0]);
    assertArrayEquals(sent.arrays()[1], received.arrays()[1]);
  }

  private static Object roundTrip(Object value) throws IOException, ClassNotFoundException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return in.readObject();
    }
  }

  @Test
  void findsWhatIsNoNumber() {
    float[] values = ramp(10, 0);
    assertTrue(new Vectors(values, values).areFinite());
    values[9] = Float.NaN;
    assertFalse(new Vectors(ramp(10, 0), values).areFinite());
  }

  @Test
  void statisticsComeBeforeAllBlocks() {
    assertTrue(BlockKey.of(BlockKey.STATISTICS, 65_535) < BlockKey.of(0, 0));
    assertTrue(BlockKey.of(0, 65_535) < BlockKey.of(1, 0));
    assertEquals(BlockKey.STATISTICS, BlockKey.block(BlockKey.of(BlockKey.STATISTICS, 9)));
    assertEquals(400, BlockKey.block(BlockKey.of(400, 9)));
  }
}

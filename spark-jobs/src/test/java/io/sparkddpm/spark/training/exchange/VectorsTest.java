package io.sparkddpm.spark.training.exchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

  /** Values that a format has. */
  private static float[] sent(int length, BlockFormat format) {
    float[] values = ramp(length, -3e6f);
    values[0] = -0f;
    values[1] = Float.MIN_VALUE;
    values[2] = Float.intBitsToFloat(0x7fc00123);
    for (int i = 0; format == BlockFormat.BFLOAT16 && i < length; i++) {
      values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) & 0xffff0000);
    }
    return values;
  }

  @Test
  void blocksCoverEveryValueOnce() {
    BlockGrid grid = new BlockedVectors(ramp(2_345, 0), ramp(2_345, 1)).grid(1_000);
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
            .flatMap(t -> IntStream.of(AverageBlocks.blocksOf(t, 7, grid)))
            .sorted()
            .toArray();
    assertArrayEquals(IntStream.range(0, 30).toArray(), all);
  }

  @Test
  void valuesKeepTheirBitsAsBytes() throws IOException {
    for (BlockFormat format : BlockFormat.values()) {
      float[] sent = sent(1_005, format);
      byte[] bytes = new byte[BlockFormat.CHUNK_BYTES];
      format.put(sent, 5, 1_000, bytes);
      format.put(sent, 0, 3, bytes);
      float[] received = new float[1_007];
      new FloatBytes().read(new ByteArrayInputStream(bytes), format, received, 7, 1_000);
      for (int i = 0; i < 1_000; i++) {
        int from = i < 3 ? i : 5 + i;
        assertEquals(Float.floatToRawIntBits(sent[from]), Float.floatToRawIntBits(received[7 + i]));
      }
      var short1 = new ByteArrayInputStream(bytes, 0, 2 * format.bytes() - 1);
      assertThrows(
          IllegalStateException.class, () -> new FloatBytes().read(short1, format, received, 0, 2));
    }
  }

  @Test
  void valuesArriveInPiecesOfAnyLength() {
    for (BlockFormat format : BlockFormat.values()) {
      for (int piece : new int[] {1, 2, 3, 4, 5, 7, 1_001, 4_000}) {
        arrives(format, piece);
      }
    }
  }

  private static BlockRead read(float[] to, int offset, int length) {
    return new BlockRead(null, BlockFormat.FLOAT32, to, offset, length);
  }

  private static void arrives(BlockFormat format, int piece) {
    float[] sent = sent(1_000, format);
    byte[] bytes = new byte[BlockFormat.CHUNK_BYTES];
    format.put(sent, 0, sent.length, bytes);
    int length = 1_000 * format.bytes();
    float[] received = new float[1_010];
    FloatArrival arrival = new FloatArrival(new BlockRead(null, format, received, 5, 1_000));
    for (int at = 0; at < length; at += piece) {
      ByteBuffer part = ByteBuffer.wrap(bytes, at, Math.min(piece, length - at));
      arrival.take(part);
      assertFalse(part.hasRemaining());
    }
    arrival.end();
    for (int i = 0; i < received.length; i++) {
      float expected = i < 5 || i >= 1_005 ? 0 : sent[i - 5];
      assertEquals(Float.floatToRawIntBits(expected), Float.floatToRawIntBits(received[i]));
    }
  }

  @Test
  void aBlockOfAnotherLengthIsRefused() {
    FloatArrival arrival = new FloatArrival(read(new float[9], 0, 2));
    arrival.take(ByteBuffer.allocate(7));
    assertThrows(IllegalStateException.class, arrival::end);
    arrival.take(ByteBuffer.allocate(1));
    arrival.end();
    assertThrows(IllegalStateException.class, () -> arrival.take(ByteBuffer.allocate(4)));
    FloatArrival bytewise = new FloatArrival(read(new float[9], 0, 0));
    bytewise.take(ByteBuffer.allocate(3));
    assertThrows(IllegalStateException.class, () -> bytewise.take(ByteBuffer.allocate(1)));
  }

  @Test
  void nothingArrivesInAnAbandonedPlace() throws Exception {
    float[] place = new float[4];
    FetchedBlock block = new FetchedBlock(read(place, 0, 4));
    var channel = block.createTempFile(null).openForWriting();
    ByteBuffer ones = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    ones.putFloat(1).putFloat(1).flip();
    assertEquals(8, channel.write(ones.duplicate()));
    block.abandon();
    ByteBuffer late = ones.duplicate();
    assertEquals(8, channel.write(late));
    assertFalse(late.hasRemaining());
    channel.closeAndRead();
    assertArrayEquals(new float[] {1, 1, 0, 0}, place);
  }

  @Test
  void anAttemptThatWasGivenUpWritesNothing() throws Exception {
    float[] place = new float[2];
    FetchedBlock block = new FetchedBlock(read(place, 0, 2));
    var first = block.createTempFile(null).openForWriting();
    var second = block.createTempFile(null).openForWriting();
    ByteBuffer values = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    values.putFloat(1).putFloat(2).flip();
    first.write(ByteBuffer.wrap(new byte[] {9, 9, 9, 9, 9, 9, 9, 9}));
    second.write(values);
    second.closeAndRead();
    block.onBlockFetchSuccess("id", null);
    second.write(ByteBuffer.wrap(new byte[] {9, 9, 9, 9}));
    assertTrue(block.arrival().isDone());
    assertArrayEquals(new float[] {1, 2}, place);
  }

  /** While the blocks of one number are averaged, none of them is under way to another read. */
  @Test
  void stagedBlocksAreNotOverwrittenBeforeTheyAreAveraged() {
    for (int workers : new int[] {1, 2, 3, 7, 16}) {
      for (int ahead : new int[] {workers, workers + 3, 4 * workers}) {
        try (RotatingArrays staging = new RotatingArrays(workers + ahead, 5)) {
          for (int group = 0; group < 50; group += workers) {
            for (int w = 0; w < workers; w++) {
              int newest = group + workers - 1 + ahead - 1;
              for (int read = group + w + 1; read <= newest; read++) {
                assertNotSame(staging.turn(group + w), staging.turn(read));
              }
            }
          }
        }
      }
    }
    float[] array;
    try (RotatingArrays staging = new RotatingArrays(1, 7)) {
      array = staging.turn(0);
    }
    try (RotatingArrays other = new RotatingArrays(1, 7)) {
      assertSame(array, other.turn(3));
    }
    try (RotatingArrays longer = new RotatingArrays(1, 8)) {
      assertEquals(8, longer.turn(0).length);
    }
  }

  @Test
  void swappedVectorsHaveEachOthersArrays() {
    float[][] a = {{1}, {2}};
    float[][] b = {{3}, {4}};
    BlockedVectors one = new BlockedVectors(a[0], a[1]);
    BlockedVectors two = new BlockedVectors(b[0], b[1]);
    one.swap(two);
    assertSame(b[1], one.arrays()[1]);
    assertSame(a[0], two.arrays()[0]);
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
}

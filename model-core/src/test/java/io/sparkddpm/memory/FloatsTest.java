package io.sparkddpm.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class FloatsTest {
  /** Two images of 256x256 in work are 3 GiB, laid out in one buffer. */
  @Test
  void anArrayBeyondTwoGibibytesOfItsBufferIsSeenWhole() {
    int length = 1000;
    long offset = (1L << 29) - 500; // in floats: the 2 GiB lie in its middle
    try (INDArray buffer = Nd4j.createUninitialized(DataType.FLOAT, offset + length)) {
      INDArray array = Nd4j.create(buffer.data(), new long[] {length}, new long[] {1}, offset, 'c');
      FloatBuffer view = Floats.view(array);
      assertEquals(length, view.capacity());
      for (int i = 0; i < length; i++) {
        view.put(i, i + 0.5f);
      }
      float[] copied = new float[length];
      Floats.copy(array, copied);
      for (int i = 0; i < length; i++) {
        assertEquals(i + 0.5f, copied[i]);
      }
      UserException e = assertThrows(UserException.class, () -> Floats.view(buffer));
      assertTrue(e.getMessage().startsWith("activations [536871412] of one layer"), e.getMessage());
    }
  }
}

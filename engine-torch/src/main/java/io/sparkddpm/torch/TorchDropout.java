package io.sparkddpm.torch;

import io.sparkddpm.kernels.Dropout;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The masks of {@link Dropout}, bit for bit, as the library's operations on whole numbers: a card
 * draws them itself, where drawing them on the JVM and sending them takes longer than all the rest
 * of a step.
 */
final class TorchDropout {
  private TorchDropout() {}

  /**
   * Which elements survive.
   *
   * @param items of the mask, the first of the dropout's keys
   * @param length elements of an item
   * @return of booleans, [items, length], on the library's device
   */
  static Tensor mask(LibTorch library, Dropout dropout, int items, int length) {
    int[] keys = new int[items];
    for (int n = 0; n < items; n++) {
      keys[n] = dropout.key(n);
    }
    Tensor elements = library.range(length).mul_(scalar(Dropout.ELEMENT_STEP));
    Tensor x = library.upload(keys).unsqueeze(1).add(elements.unsqueeze(0));
    x.bitwise_xor_(shifted(x, Dropout.FIRST_SHIFT)).mul_(scalar(Dropout.FIRST_FACTOR));
    x.bitwise_xor_(shifted(x, Dropout.SECOND_SHIFT)).mul_(scalar(Dropout.SECOND_FACTOR));
    x.bitwise_xor_(shifted(x, Dropout.FIRST_SHIFT));
    return shifted(x, Integer.SIZE - Dropout.RESOLUTION_BITS).ge(scalar(dropout.threshold()));
  }

  /** Without the sign, which the library's own shift would repeat. */
  private static Tensor shifted(Tensor x, int places) {
    return x.__rshift__(scalar(places)).bitwise_and_(scalar(-1 >>> places));
  }

  private static Scalar scalar(int value) {
    return new Scalar(value);
  }
}

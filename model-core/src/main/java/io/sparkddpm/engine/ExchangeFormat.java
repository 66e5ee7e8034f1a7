package io.sparkddpm.engine;

/** How the vectors of a round that averages parameters travel. */
public enum ExchangeFormat {
  /** As they are. */
  FLOAT32(Float.BYTES),
  /**
   * Their changes in the round, by {@link ChangeRounding}: those of each worker to the averaging,
   * then the means of these to the next round's workers and to the driver.
   */
  BFLOAT16(Short.BYTES);

  private final int bytes;

  ExchangeFormat(int bytes) {
    this.bytes = bytes;
  }

  /** Of a value. */
  public int bytes() {
    return bytes;
  }
}

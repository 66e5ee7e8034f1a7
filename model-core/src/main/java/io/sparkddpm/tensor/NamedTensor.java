package io.sparkddpm.tensor;

import java.util.List;

/**
 * A parameter tensor's place in the flat vector.
 *
 * @param name the official name, such as {@code down_0_block_0.conv1.weight}
 * @param shape PyTorch's layout: convolutions [out, in, kH, kW], dense layers [out, in]
 * @param offset first element in the flat vector; row-major from there
 */
public record NamedTensor(String name, List<Integer> shape, long offset) {
  /** Number of elements. */
  public long length() {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }
}

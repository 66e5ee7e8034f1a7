package io.sparkddpm.layers;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.memory.Tensor;
import io.sparkddpm.tensor.NamedTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataBuffer;

/**
 * The network's parameters and their gradients, as tensors over two flat native buffers that the
 * caller owns.
 */
final class Parameters {
  private final Map<String, NamedTensor> layout = new LinkedHashMap<>();
  private final DataBuffer values;
  private final DataBuffer gradients;
  private final long shift;
  private final long gradientShift;

  /**
   * @param layout tensors with their offsets
   * @param values flat parameters
   * @param shift added to every offset in {@code values}
   * @param gradients flat gradients, or null where only inference is asked for
   * @param gradientShift added to every offset in {@code gradients}
   */
  Parameters(
      List<NamedTensor> layout,
      DataBuffer values,
      long shift,
      DataBuffer gradients,
      long gradientShift) {
    this.values = values;
    this.gradients = gradients;
    this.shift = shift;
    this.gradientShift = gradientShift;
    layout.forEach(t -> this.layout.put(t.name(), t));
  }

  private NamedTensor find(String name) {
    NamedTensor tensor = layout.get(name);
    checkArgument(tensor != null, "no parameter is called %s", name);
    return tensor;
  }

  private static long[] shape(NamedTensor tensor) {
    return tensor.shape().stream().mapToLong(Integer::longValue).toArray();
  }

  Tensor value(String name) {
    NamedTensor tensor = find(name);
    return Tensor.over(values, shift + tensor.offset(), shape(tensor));
  }

  /** A parameter as a table of one row. */
  Tensor valueRow(String name) {
    NamedTensor tensor = find(name);
    return Tensor.over(values, shift + tensor.offset(), 1, tensor.length());
  }

  Tensor gradient(String name) {
    NamedTensor tensor = find(name);
    return Tensor.over(gradients, gradientShift + tensor.offset(), shape(tensor));
  }

  /** The gradient by {@link #valueRow}. */
  Tensor gradientRow(String name) {
    NamedTensor tensor = find(name);
    return Tensor.over(gradients, gradientShift + tensor.offset(), 1, tensor.length());
  }
}

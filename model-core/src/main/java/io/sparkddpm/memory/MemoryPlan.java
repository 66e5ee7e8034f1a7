package io.sparkddpm.memory;

import static io.sparkddpm.error.Checks.checkState;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Gives tensors their places in one native buffer while a network is laid out: a tensor that is
 * given back makes room for later ones, so that the buffer is as large as what is alive at once.
 * Nothing is allocated after {@link #bind}.
 */
public final class MemoryPlan implements AutoCloseable {
  /** In elements: 64 bytes of float32, a cache line and a vector register. */
  private static final long ALIGNMENT = 16;

  private final TreeMap<Long, Long> free = new TreeMap<>();
  private final List<Tensor> tensors = new ArrayList<>();
  private long end;
  private INDArray memory;

  /** A tensor with undefined contents, alive until released. */
  public Tensor allocate(long... shape) {
    checkState(memory == null, "the memory plan is already bound");
    long length = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    Tensor tensor = Tensor.planned(this, place(rounded(length)), shape);
    tensors.add(tensor);
    return tensor;
  }

  /**
   * The same memory under another shape of the same length.
   *
   * @param tensor of this plan; as long as it is alive, the view may be used
   */
  public Tensor view(Tensor tensor, long... shape) {
    checkState(memory == null, "the memory plan is already bound");
    Tensor view = Tensor.planned(this, tensor.offset(), shape);
    checkState(view.length() == tensor.length(), "%s cannot be viewed as %s", tensor, view);
    tensors.add(view);
    return view;
  }

  private long place(long length) {
    long best = -1;
    long bestLength = Long.MAX_VALUE;
    for (Map.Entry<Long, Long> hole : free.entrySet()) {
      if (hole.getValue() >= length && hole.getValue() < bestLength) {
        best = hole.getKey();
        bestLength = hole.getValue();
      }
    }
    if (best >= 0) {
      free.remove(best);
      if (bestLength > length) {
        free.put(best + length, bestLength - length);
      }
      return best;
    }
    Map.Entry<Long, Long> last = free.lastEntry();
    long offset = end;
    if (last != null && last.getKey() + last.getValue() == end) {
      offset = last.getKey();
      free.remove(offset);
    }
    end = offset + length;
    return offset;
  }

  void giveBack(Tensor tensor) {
    long offset = tensor.offset();
    long length = rounded(tensor.length());
    Map.Entry<Long, Long> before = free.lowerEntry(offset);
    if (before != null && before.getKey() + before.getValue() == offset) {
      offset = before.getKey();
      length += before.getValue();
    }
    Long after = free.remove(tensor.offset() + rounded(tensor.length()));
    if (after != null) {
      length += after;
    }
    free.put(offset, length);
  }

  /** Allocates the buffer and gives every tensor its view of it. */
  public void bind(DataType type) {
    checkState(memory == null, "the memory plan is already bound");
    memory = Nd4j.createUninitializedDetached(type, Math.max(end, ALIGNMENT));
    memory.setCloseable(true);
    for (Tensor tensor : tensors) {
      tensor.place(memory.data());
    }
  }

  /** Size of the buffer in elements. */
  public long elements() {
    return end;
  }

  private static long rounded(long length) {
    return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  @Override
  public void close() {
    if (memory != null) {
      memory.close();
    }
  }
}

package io.sparkddpm.interchange;

import io.sparkddpm.tensor.StoredTensor;
import java.util.SortedMap;

/**
 * Tensors that stand together in a file.
 *
 * @param place keys that lead to them from the top, parted by slashes, such as {@code state_dict};
 *     empty for the top itself
 * @param tensors by name
 */
public record TensorGroup(String place, SortedMap<String, StoredTensor> tensors) {}

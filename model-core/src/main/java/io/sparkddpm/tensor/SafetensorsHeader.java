package io.sparkddpm.tensor;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * What a file of {@link Safetensors} says that it holds, checked against the length it has: the
 * tensors fill the rest of the file without gaps or overlaps. All are float32.
 *
 * @param layout tensors in the order of their values
 * @param values of all tensors together
 * @param metadata free text by key
 */
record SafetensorsHeader(List<NamedTensor> layout, long values, Map<String, String> metadata) {
  /**
   * Reads up to the first value.
   *
   * @param fileLength in bytes
   * @throws UserException naming file and tensor, if they do not fit together
   */
  static SafetensorsHeader read(InputStream in, long fileLength, String file) throws IOException {
    SafetensorsJson json = SafetensorsJson.read(in, fileLength, file);
    List<NamedTensor> layout = new ArrayList<>();
    json.entries().forEach(entry -> layout.add(tensor(entry, file)));
    layout.sort(Comparator.comparingLong(NamedTensor::offset));
    long values = checkPlaces(layout, file);
    long rest = fileLength - json.begin();
    if (rest / Float.BYTES < values) {
      throw truncated(file, values, rest);
    }
    if (rest > values * Float.BYTES) {
      throw tooLong(file);
    }
    return new SafetensorsHeader(List.copyOf(layout), values, json.metadata());
  }

  static UserException truncated(String file, long values, long bytes) {
    return new UserException(
        "%s is truncated: its header promises %s values of %s bytes, got %s bytes",
        file, values, Float.BYTES, bytes);
  }

  static UserException tooLong(String file) {
    return new UserException("%s has data after the last tensor its header names", file);
  }

  private static List<Integer> ints(List<Long> numbers) {
    if (numbers == null || numbers.stream().anyMatch(n -> n < 1 || n > Integer.MAX_VALUE)) {
      return null;
    }
    return numbers.stream().map(Math::toIntExact).toList();
  }

  private static NamedTensor tensor(SafetensorsJson.Entry entry, String file) {
    String tensor = SafetensorsJson.shown(entry.name());
    if (!"F32".equals(entry.type())) {
      throw new UserException("%s: tensor %s must be F32, got %s", file, tensor, entry.shownType());
    }
    List<Integer> shape = ints(entry.shape());
    if (shape == null) {
      throw new UserException(
          "%s: tensor %s must have a shape of whole numbers from 1", file, tensor);
    }
    if (entry.place() == null
        || entry.place().size() != 2
        || entry.place().get(0) % Float.BYTES != 0
        || entry.place().get(1) < entry.place().get(0)) {
      throw new UserException(
          "%s: tensor %s must have as data_offsets two multiples of 4, the lower one first, got %s",
          file, tensor, entry.shownPlace());
    }
    long begin = entry.place().get(0);
    if (entry.place().get(1) - begin != entry.bytes(Float.BYTES, file)) {
      throw entry.misplaced(Float.BYTES, file);
    }
    return new NamedTensor(entry.name(), shape, begin / Float.BYTES);
  }

  /**
   * @return number of values
   */
  private static long checkPlaces(List<NamedTensor> layout, String file) {
    long offset = 0;
    for (NamedTensor tensor : layout) {
      if (tensor.offset() != offset) {
        throw new UserException(
            "%s: tensor %s must begin at byte %s, its header says %s",
            file,
            SafetensorsJson.shown(tensor.name()),
            offset * Float.BYTES,
            tensor.offset() * Float.BYTES);
      }
      offset += tensor.length();
    }
    return offset;
  }
}

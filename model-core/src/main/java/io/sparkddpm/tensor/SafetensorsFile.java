package io.sparkddpm.tensor;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads the safetensors files of other programs: tensors of any {@link ElementType}, each on
 * request. {@link Safetensors} reads and writes our own, whole.
 */
public final class SafetensorsFile {
  private SafetensorsFile() {}

  /**
   * All tensors by name.
   *
   * @param channel of the file; stays open, and is read from when a tensor's elements are
   * @param file its name, for messages
   * @throws UserException naming file and tensor, if the header is damaged, does not fit the file,
   *     or has a type that is not read
   */
  public static SortedMap<String, StoredTensor> read(SeekableByteChannel channel, String file)
      throws IOException {
    long size = channel.size();
    SafetensorsJson json =
        SafetensorsJson.read(Channels.newInputStream(channel.position(0)), size, file);
    SortedMap<String, StoredTensor> tensors = new TreeMap<>();
    List<SafetensorsJson.Entry> entries = new ArrayList<>(json.entries());
    entries.forEach(entry -> check(entry, file));
    entries.sort(
        Comparator.<SafetensorsJson.Entry>comparingLong(entry -> entry.place().get(0))
            .thenComparingLong(entry -> entry.place().get(1)));
    long end = 0;
    for (SafetensorsJson.Entry entry : entries) {
      if (entry.place().get(0) != end) {
        throw new UserException(
            "%s: tensor %s must begin at byte %s, its header says %s",
            file, SafetensorsJson.shown(entry.name()), end, entry.place().get(0));
      }
      end = entry.place().get(1);
    }
    if (end > size - json.begin()) {
      throw new UserException(
          "%s is truncated: its header promises %s bytes of values, got %s",
          file, end, size - json.begin());
    }
    if (end < size - json.begin()) {
      throw SafetensorsHeader.tooLong(file);
    }
    for (SafetensorsJson.Entry entry : entries) {
      long length = entry.place().get(1) - entry.place().get(0);
      FileStorage storage =
          new FileStorage(channel, json.begin() + entry.place().get(0), length, file);
      tensors.put(entry.name(), StoredTensor.of(type(entry, file), entry.shape(), storage, file));
    }
    return tensors;
  }

  private static ElementType type(SafetensorsJson.Entry entry, String file) {
    return ElementType.of(entry.type() == null ? "" : entry.type())
        .orElseThrow(
            () ->
                new UserException(
                    "%s: tensor %s has type %s, which is not read",
                    file, SafetensorsJson.shown(entry.name()), entry.shownType()));
  }

  private static void check(SafetensorsJson.Entry entry, String file) {
    int each = type(entry, file).bytes();
    if (entry.shape() == null) {
      throw new UserException(
          "%s: tensor %s must have a shape of whole numbers",
          file, SafetensorsJson.shown(entry.name()));
    }
    if (entry.place() == null
        || entry.place().size() != 2
        || entry.place().get(1) < entry.place().get(0)) {
      throw new UserException(
          "%s: tensor %s must have as data_offsets two numbers, the lower one first, got %s",
          file, SafetensorsJson.shown(entry.name()), entry.shownPlace());
    }
    if (entry.place().get(1) - entry.place().get(0) != entry.bytes(each, file)) {
      throw entry.misplaced(each, file);
    }
  }
}

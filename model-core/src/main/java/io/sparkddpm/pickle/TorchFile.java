package io.sparkddpm.pickle;

import io.sparkddpm.archive.ZipArchive;
import io.sparkddpm.error.UserException;
import io.sparkddpm.interchange.TensorGroup;
import io.sparkddpm.tensor.ElementType;
import io.sparkddpm.tensor.FileStorage;
import io.sparkddpm.tensor.StoredTensor;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Reads files that {@code torch.save} wrote: a zip archive with a pickle and an entry for each
 * storage or, before release 1.6, several pickles and then the storages. The elements of a tensor
 * are read on request. Nothing of a pickle is executed.
 */
public final class TorchFile {
  private static final String PICKLE = "/data.pkl";
  private static final int MAX_PICKLE = 1 << 28;
  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long OLD_PROTOCOL = 1001;
  private static final int DEEPEST = 16;

  private final SeekableByteChannel channel;
  private final String file;

  private TorchFile(SeekableByteChannel channel, String file) {
    this.channel = channel;
    this.file = file;
  }

  /**
   * The tensors of a file by the dictionaries in which they stand.
   *
   * @param channel of the file; stays open, and is read from when a tensor's elements are
   * @param file its name, for messages
   * @throws UserException if the file is damaged, or holds what is neither a tensor nor plain data
   */
  public static List<TensorGroup> read(SeekableByteChannel channel, String file)
      throws IOException {
    TorchFile torch = new TorchFile(channel, file);
    Object root = torch.isZip() ? torch.readZip() : torch.readOld();
    List<TensorGroup> groups = new ArrayList<>();
    collect(root, "", 0, Collections.newSetFromMap(new IdentityHashMap<>()), groups);
    if (groups.isEmpty()) {
      throw new UserException("%s holds no dictionary of tensors", file);
    }
    return groups;
  }

  private static void collect(
      Object value, String place, int depth, Set<Object> seen, List<TensorGroup> groups) {
    if (!(value instanceof Map<?, ?> map) || depth > DEEPEST || !seen.add(value)) {
      return;
    }
    SortedMap<String, StoredTensor> tensors = new TreeMap<>();
    map.forEach(
        (key, item) -> {
          if (key instanceof String name && item instanceof StoredTensor tensor) {
            tensors.put(name, tensor);
          }
        });
    if (!tensors.isEmpty()) {
      groups.add(new TensorGroup(place, tensors));
    }
    map.forEach(
        (key, item) -> {
          if (key instanceof String name) {
            String below = place.isEmpty() ? name : place + "/" + name;
            collect(item, below, depth + 1, seen, groups);
          }
        });
  }

  private boolean isZip() throws IOException {
    channel.position(0);
    byte[] begin = Channels.newInputStream(channel).readNBytes(ZIP.length);
    return Arrays.equals(begin, ZIP);
  }

  private Object readZip() throws IOException {
    ZipArchive zip = new ZipArchive(channel, file);
    Map<String, ZipArchive.Entry> entries =
        zip.entries().stream().collect(Collectors.toMap(ZipArchive.Entry::name, e -> e));
    List<String> pickles =
        entries.keySet().stream()
            .filter(name -> name.endsWith(PICKLE) && name.indexOf('/') == name.lastIndexOf('/'))
            .toList();
    if (pickles.size() != 1) {
      throw new UserException("%s is a zip file, but not one that torch.save wrote", file);
    }
    String top = pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
    requireLittleEndian(zip, entries.get(top + "/byteorder"));
    Map<String, StoredTensor.Storage> storages = new HashMap<>();
    TorchNames names =
        new TorchNames(
            file,
            (key, type, elements) ->
                storages.computeIfAbsent(
                    key, k -> entry(zip, entries.get(top + "/data/" + k), k, type, elements)));
    ZipArchive.Entry pickle = entries.get(pickles.get(0));
    if (pickle.length() > MAX_PICKLE) {
      throw new UserException("%s: %s is too large", file, pickle.shown());
    }
    try (InputStream in = new BufferedInputStream(zip.open(pickle))) {
      return new Pickle(in, file, names).read();
    }
  }

  private void requireLittleEndian(ZipArchive zip, ZipArchive.Entry order) throws IOException {
    if (order != null && order.length() == 3) { // "big"; "little" has six letters
      throw new UserException("%s was written on a big-endian machine, which is not read", file);
    }
    if (order != null) {
      zip.check(order);
    }
  }

  private StoredTensor.Storage entry(
      ZipArchive zip, ZipArchive.Entry entry, String key, ElementType type, long elements) {
    if (entry == null) {
      throw new UserException("%s lacks the values of storage %s", file, key);
    }
    return new Entry(zip, entry, claimed(type, elements, entry.length(), key));
  }

  private long claimed(ElementType type, long elements, long bytes, String key) {
    if (elements < 0 || elements > bytes / type.bytes()) {
      throw new UserException(
          "%s: storage %s must hold %s values of %s, it has %s bytes",
          file, key, elements, type, bytes);
    }
    return elements * type.bytes();
  }

  /** A storage that is an entry of a zip file; it is read, and checked against its CRC, whole. */
  private record Entry(ZipArchive zip, ZipArchive.Entry entry, long bytes)
      implements StoredTensor.Storage {
    @Override
    public ByteBuffer read(long from, int count) throws IOException {
      byte[] all = zip.read(entry);
      if (all.length < from + count) {
        throw new UserException("%s: %s is cut off", zip.source(), entry.shown());
      }
      return ByteBuffer.wrap(all, (int) from, count).slice().order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** A storage behind the pickles, whose place is found after them. */
  private static final class Late implements StoredTensor.Storage {
    private final ElementType type;
    private final long bytes;
    private FileStorage place;

    Late(ElementType type, long bytes) {
      this.type = type;
      this.bytes = bytes;
    }

    @Override
    public long bytes() {
      return bytes;
    }

    @Override
    public ByteBuffer read(long from, int count) throws IOException {
      return place.read(from, count);
    }
  }

  private Object readOld() throws IOException {
    channel.position(0);
    Counted in = new Counted(new BufferedInputStream(Channels.newInputStream(channel)));
    Map<String, Late> storages = new HashMap<>();
    TorchNames names =
        new TorchNames(
            file,
            (key, type, elements) ->
                storages.computeIfAbsent(
                    key, k -> new Late(type, claimed(type, elements, size(), k))));
    if (!MAGIC.equals(new Pickle(in, file, names).read())) {
      throw new UserException("%s is not a file that torch.save wrote", file);
    }
    if (!Long.valueOf(OLD_PROTOCOL).equals(new Pickle(in, file, names).read())) {
      throw new UserException("%s has another protocol of torch.save than 1001", file);
    }
    Object system = new Pickle(in, file, names).read();
    if (!(system instanceof Map<?, ?> facts) || !Boolean.TRUE.equals(facts.get("little_endian"))) {
      throw new UserException("%s was not written on a little-endian machine", file);
    }
    final Object root = new Pickle(in, file, names).read();
    Object keys = new Pickle(in, file, names).read();
    if (!(keys instanceof List<?> order)) {
      throw new UserException("%s is damaged: it does not list its storages", file);
    }
    long at = in.count;
    for (Object key : order) {
      Late storage = key instanceof String text ? storages.get(text) : null;
      if (storage == null) {
        throw new UserException("%s is damaged: it holds a storage that nothing uses", file);
      }
      at = place(storage, at);
    }
    for (Map.Entry<String, Late> storage : storages.entrySet()) {
      if (storage.getValue().place == null) {
        throw new UserException("%s lacks the values of storage %s", file, storage.getKey());
      }
    }
    return root;
  }

  /** The number of elements, in eight bytes, then the elements. */
  private long place(Late storage, long at) throws IOException {
    if (at + Long.BYTES > size()) {
      throw new UserException("%s is cut off", file);
    }
    long elements = new FileStorage(channel, at, Long.BYTES, file).read(0, Long.BYTES).getLong();
    long bytes = claimed(storage.type, elements, size() - at - Long.BYTES, "at byte " + at);
    if (bytes < storage.bytes) {
      throw new UserException("%s is damaged: a storage is shorter than it says", file);
    }
    storage.place = new FileStorage(channel, at + Long.BYTES, bytes, file);
    return at + Long.BYTES + bytes;
  }

  private long size() {
    try {
      return channel.size();
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file, e.getMessage());
    }
  }

  /** Counts what is read, so that the next pickle and the storages are found. */
  private static final class Counted extends InputStream {
    private final InputStream in;
    private long count;

    Counted(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      int value = in.read();
      count += value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int n = in.read(bytes, offset, length);
      count += Math.max(0, n);
      return n;
    }
  }
}

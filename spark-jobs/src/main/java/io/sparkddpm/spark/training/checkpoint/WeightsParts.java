package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.error.UserException;
import io.sparkddpm.interchange.TensorGroup;
import io.sparkddpm.pickle.TorchFile;
import io.sparkddpm.spark.input.HadoopChannel;
import io.sparkddpm.tensor.ElementType;
import io.sparkddpm.tensor.SafetensorsFile;
import io.sparkddpm.tensor.StoredTensor;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/** The tensors of files of weights, open while they are read. For one thread. */
final class WeightsParts implements Closeable {
  /** What files of PyTorch's are called. */
  private static final List<String> TORCH = List.of(".pt", ".pth", ".ckpt", ".bin");

  private final Configuration conf;
  private final List<HadoopChannel> open = new ArrayList<>();
  private final List<TensorGroup> groups = new ArrayList<>();

  /**
   * Opens files that belong together.
   *
   * @throws UserException naming the file that is missing or damaged
   */
  WeightsParts(Configuration conf, List<URI> files) throws IOException {
    this.conf = conf;
    try {
      SortedMap<String, StoredTensor> shards = new TreeMap<>();
      for (URI file : files) {
        read(file, files.size() > 1, shards);
      }
      if (!shards.isEmpty()) {
        groups.add(new TensorGroup("", shards));
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Tensors by the place where they stand. */
  List<TensorGroup> groups() {
    return groups;
  }

  /**
   * Reads a file.
   *
   * @param isShard whether its tensors belong together with those of others
   * @param shards receives them
   */
  private void read(URI file, boolean isShard, SortedMap<String, StoredTensor> shards)
      throws IOException {
    String name = file.getPath().toLowerCase(Locale.ROOT);
    if (name.endsWith(".safetensors")) {
      add(file, SafetensorsFile.read(channel(file), file.toString()), shards);
    } else if (name.endsWith(".npz")) {
      groups.add(new TensorGroup("", arrays(file)));
    } else if (TORCH.stream().anyMatch(name::endsWith)) {
      List<TensorGroup> found = TorchFile.read(channel(file), file.toString());
      if (isShard) {
        found.forEach(group -> add(file, group.tensors(), shards));
      } else {
        groups.addAll(found);
      }
    } else {
      throw new UserException(
          "%s must end in .safetensors, .npz, %s, or be a folder", file, String.join(", ", TORCH));
    }
  }

  private static void add(
      URI file, Map<String, StoredTensor> tensors, SortedMap<String, StoredTensor> shards) {
    tensors.forEach(
        (key, tensor) -> {
          if (shards.put(key, tensor) != null) {
            throw new UserException("%s holds tensor %s of another file again", file, key);
          }
        });
  }

  private HadoopChannel channel(URI file) {
    HadoopChannel channel = new HadoopChannel(conf, file);
    open.add(channel);
    return channel;
  }

  private SortedMap<String, StoredTensor> arrays(URI file) throws IOException {
    SortedMap<String, StoredTensor> tensors = new TreeMap<>();
    Npz.read(channel(file), file.toString())
        .forEach((name, array) -> tensors.put(name, stored(array, name, file)));
    return tensors;
  }

  private static StoredTensor stored(NpyArray array, String name, URI file) {
    ElementType type =
        switch (array.type()) {
          case FLOAT64 -> ElementType.F64;
          case FLOAT32 -> ElementType.F32;
          case INT64 -> ElementType.I64;
          case INT32 -> ElementType.I32;
          case INT16 -> ElementType.I16;
          case INT8 -> ElementType.I8;
          case UINT8 -> ElementType.U8;
          case UINT16, UINT32 ->
              throw new UserException("%s[%s] holds unsigned numbers, not weights", file, name);
        };
    List<Long> shape = Arrays.stream(array.shape()).asLongStream().boxed().toList();
    return StoredTensor.of(type, shape, new Bytes(array.data()), file.toString());
  }

  /** A storage in memory. */
  private record Bytes(byte[] data) implements StoredTensor.Storage {
    @Override
    public long bytes() {
      return data.length;
    }

    @Override
    public ByteBuffer read(long from, int count) {
      return ByteBuffer.wrap(data, (int) from, count).slice().order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  @Override
  public void close() throws IOException {
    for (HadoopChannel channel : open) {
      channel.close();
    }
  }
}

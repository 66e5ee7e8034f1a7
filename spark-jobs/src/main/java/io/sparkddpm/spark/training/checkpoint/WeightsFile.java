package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.NpzWriter;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.interchange.ForeignWeights;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Safetensors;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * A network's weights as one file of named float32 tensors in PyTorch's layout, for exchange with
 * other programs: {@code .safetensors} or numpy's {@code .npz}, by the file's name.
 */
public final class WeightsFile {
  private static final int CHUNK = 1 << 16;

  private WeightsFile() {}

  private enum Format {
    SAFETENSORS,
    NPZ;

    static Format of(URI file) {
      String name = file.getPath().toLowerCase(Locale.ROOT);
      for (Format format : values()) {
        if (name.endsWith("." + format.name().toLowerCase(Locale.ROOT))) {
          return format;
        }
      }
      throw new UserException("%s must end in .safetensors or .npz", file);
    }
  }

  /**
   * Writes some weights of a checkpoint.
   *
   * @param name {@code raw} or {@code ema-…}
   * @throws UserException if there is such a file already, or it cannot be written
   */
  public static void write(Configuration conf, URI file, Checkpoint checkpoint, String name) {
    List<NamedTensor> layout = checkpoint.layout();
    Map<String, String> metadata =
        Map.of(
            "step", Long.toString(checkpoint.step()),
            "weights", name,
            "checkpoint-fingerprint", checkpoint.manifest().fingerprint());
    write(conf, file, layout, checkpoint.weights(name, layout), metadata);
  }

  static void write(
      Configuration conf,
      URI file,
      List<NamedTensor> layout,
      float[] values,
      Map<String, String> metadata) {
    Format format = Format.of(file);
    Path path = new Path(file);
    try {
      if (Locations.fileSystem(conf, file).exists(path)) {
        throw new UserException("%s exists already", file);
      }
      try (OutputStream out =
          ArtifactOutput.create(conf, path.getParent().toUri(), path.getName())) {
        if (format == Format.NPZ) {
          writeNpz(out, layout, values);
        } else {
          Safetensors.write(out, layout, values, metadata);
        }
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot write %s: %s", file, e.getMessage());
    }
  }

  private static void writeNpz(OutputStream out, List<NamedTensor> layout, float[] values)
      throws IOException {
    try (NpzWriter npz = new NpzWriter(out)) {
      for (NamedTensor tensor : layout) {
        int from = (int) tensor.offset();
        float[] part = Arrays.copyOfRange(values, from, from + (int) tensor.length());
        npz.add(tensor.name(), NpyArray.of(part, shape(tensor)));
      }
    }
  }

  /**
   * Reads weights into the flat order of a network, whatever the file's own order and names: those
   * that {@link #write} gives, or any {@link io.sparkddpm.interchange.KeyForm}.
   *
   * @param place a {@code .safetensors} or {@code .npz} file, one that {@code torch.save} wrote, or
   *     a {@link DiffusersFolder}
   * @param part of the file, where it holds several; empty: there is only one
   * @throws UserException naming file and tensor, if one is missing, unknown, of another shape or
   *     not finite, or if the file is damaged
   */
  public static float[] read(
      Configuration conf, URI place, Optional<String> part, List<NamedTensor> layout) {
    List<URI> files =
        DiffusersFolder.isFolder(conf, place)
            ? DiffusersFolder.of(conf, place).weights()
            : List.of(place);
    float[] values;
    try (WeightsParts parts = new WeightsParts(conf, files)) {
      values = new ForeignWeights(place.toString(), layout).read(parts.groups(), part);
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", place, e.getMessage());
    }
    for (NamedTensor tensor : layout) {
      for (long i = tensor.offset(); i < tensor.offset() + tensor.length(); i++) {
        if (!Float.isFinite(values[(int) i])) {
          throw new UserException("%s: tensor %s holds %s", place, tensor.name(), values[(int) i]);
        }
      }
    }
    return values;
  }

  private static int[] shape(NamedTensor tensor) {
    return tensor.shape().stream().mapToInt(Integer::intValue).toArray();
  }

  /** Of the values, little-endian, in their flat order. */
  public static String sha256(float[] values) {
    MessageDigest digest = Sha256.digest();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i += CHUNK) {
      int n = Math.min(CHUNK, values.length - i);
      chunk.asFloatBuffer().put(values, i, n);
      digest.update(chunk.array(), 0, n * Float.BYTES);
    }
    return Sha256.hex(digest);
  }
}

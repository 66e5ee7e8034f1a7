package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.interchange.DiffusersAutoencoder;
import io.sparkddpm.interchange.DiffusersFiles;
import io.sparkddpm.interchange.DiffusersScheduler;
import io.sparkddpm.interchange.DiffusersUNet;
import io.sparkddpm.interchange.KeyForm;
import io.sparkddpm.network.AutoencoderConfig;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.Lookup;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Safetensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * A folder in which diffusers keeps a {@code DDPMPipeline}: {@code model_index.json}, the folders
 * {@code unet} and {@code scheduler}, or in folders of 2022 their files at the top; or one with an
 * {@code AutoencoderKL}, the folder {@code vae} of a pipeline.
 */
public final class DiffusersFolder {
  private static final int LARGEST_TEXT = 16 << 20;

  private final Configuration conf;
  private final URI dir;

  private DiffusersFolder(Configuration conf, URI dir) {
    this.conf = conf;
    this.dir = dir;
  }

  /** A folder, whether it is there or not. */
  public static DiffusersFolder of(Configuration conf, URI dir) {
    return new DiffusersFolder(conf, dir);
  }

  /** Whether a place is a folder, rather than a file of weights. */
  public static boolean isFolder(Configuration conf, URI place) {
    try {
      Path path = new Path(place);
      return Locations.fileSystem(conf, place).exists(path)
          && Locations.fileSystem(conf, place).getFileStatus(path).isDirectory();
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", place, e.getMessage());
    }
  }

  /** What a folder says of its network, as a run has it. */
  private record Settings(
      ScheduleConfig schedule, DiffusionConfig diffusion, NetworkConfig model) {}

  /** What a folder says of an autoencoder, as a run has it. */
  private record AutoencoderSettings(NetworkConfig model) {}

  /**
   * The network and, but for an autoencoder, the schedule it was trained with and how its output is
   * read, by the keys that configurations have for them.
   *
   * @throws UserException naming file and key, if something is missing or cannot be represented
   */
  public SortedMap<String, String> settings() {
    URI config = find(DiffusersFiles.UNET, DiffusersFiles.CONFIG);
    String json = text(config);
    if (DiffusersFiles.className(json, config.toString()).equals(DiffusersAutoencoder.CLASS)) {
      return ConfigText.flatten(
          new AutoencoderSettings(DiffusersAutoencoder.read(json, config.toString())));
    }
    UNetConfig network = DiffusersUNet.read(json, config.toString());
    URI scheduler = find(DiffusersFiles.SCHEDULER, DiffusersFiles.SCHEDULER_CONFIG);
    DiffusersScheduler read = DiffusersScheduler.read(text(scheduler), scheduler.toString());
    try {
      read.diffusion().check(network);
    } catch (IllegalArgumentException e) {
      throw new UserException(
          "%s: out_channels is %s for in_channels %s, with the variance_type of %s",
          config, network.outputChannels(), network.inputChannels(), scheduler);
    }
    return ConfigText.flatten(new Settings(read.schedule(), read.diffusion(), network));
  }

  /**
   * Files of weights.
   *
   * @throws UserException if there are none, or several sets of them
   */
  List<URI> weights() {
    URI unet = parent(find(DiffusersFiles.UNET, DiffusersFiles.CONFIG));
    for (String name : List.of(DiffusersFiles.WEIGHTS, DiffusersFiles.PICKLE)) {
      URI whole = Locations.resolve(unet, name);
      URI index = Locations.resolve(unet, DiffusersFiles.indexOf(name));
      if (Lookup.exists(conf, whole)) {
        return List.of(whole);
      }
      if (Lookup.exists(conf, index)) {
        return DiffusersFiles.shards(text(index), index.toString()).stream()
            .map(shard -> Locations.resolve(unet, shard))
            .toList();
      }
    }
    throw new UserException(
        "%s holds no %s; of other files there give --weights the one that is meant",
        unet, DiffusersFiles.WEIGHTS);
  }

  private URI find(String folder, String file) {
    URI inFolder = Locations.resolve(dir, folder + "/" + file);
    URI atTop = Locations.resolve(dir, file);
    if (!Lookup.exists(conf, inFolder) && !Lookup.exists(conf, atTop)) {
      throw new UserException("%s has no %s/%s and no %s", dir, folder, file, file);
    }
    return Lookup.exists(conf, inFolder) ? inFolder : atTop;
  }

  private static URI parent(URI file) {
    return file.resolve(".");
  }

  private String text(URI file) {
    try (InputStream in = Locations.fileSystem(conf, file).open(new Path(file))) {
      byte[] bytes = in.readNBytes(LARGEST_TEXT);
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file, e.getMessage());
    }
  }

  /**
   * Writes a network as such a folder; of a pipeline {@code model_index.json} last, of an
   * autoencoder {@code config.json}.
   *
   * @param name of the weights, {@code raw} or {@code ema-…}
   * @throws UserException if something lies there already, cannot be written, or is unknown to
   *     diffusers
   */
  public void write(Checkpoint checkpoint, String name) {
    if (checkpoint.modelConfig() instanceof AutoencoderConfig network) {
      writeWeights(checkpoint, name, DiffusersFiles.WEIGHTS);
      write(DiffusersFiles.CONFIG, DiffusersFiles.render(DiffusersAutoencoder.write(network)));
      return;
    }
    if (!(checkpoint.modelConfig() instanceof UNetConfig network)) {
      throw new UserException(
          "%s cannot be written for diffusers: its network is of model.type %s, not unet or"
              + " autoencoder",
          checkpoint, ConfigBinder.type(checkpoint.modelConfig()));
    }
    Map<String, Object> scheduler;
    Map<String, Object> unet;
    try {
      unet = DiffusersUNet.write(network);
      scheduler = new DiffusersScheduler(checkpoint.schedule(), checkpoint.diffusion()).write();
    } catch (IllegalArgumentException e) {
      throw new UserException(
          e, "%s cannot be written for diffusers: %s", checkpoint, e.getMessage());
    }
    writeWeights(checkpoint, name, DiffusersFiles.UNET + "/" + DiffusersFiles.WEIGHTS);
    write(
        DiffusersFiles.SCHEDULER + "/" + DiffusersFiles.SCHEDULER_CONFIG,
        DiffusersFiles.render(scheduler));
    write(DiffusersFiles.UNET + "/" + DiffusersFiles.CONFIG, DiffusersFiles.render(unet));
    write(DiffusersFiles.INDEX, DiffusersFiles.render(DiffusersFiles.index()));
  }

  private void write(String path, String text) {
    try (ArtifactOutput out = ArtifactOutput.create(conf, dir, path, path)) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      out.write(bytes, 0, bytes.length);
    }
  }

  /** Into an empty folder, in alphabetical order, as the safetensors library has them. */
  private void writeWeights(Checkpoint checkpoint, String name, String path) {
    List<NamedTensor> layout = checkpoint.layout();
    float[] weights = checkpoint.weights(name, layout);
    List<FileStatus> there = Lookup.list(conf, dir);
    if (!there.isEmpty()) {
      throw new UserException("%s is not empty", dir);
    }
    int levels = KeyForm.levels(layout);
    List<NamedTensor> sorted = new ArrayList<>(layout);
    sorted.sort(Comparator.comparing(tensor -> KeyForm.DIFFUSERS.name(tensor.name(), levels)));
    List<NamedTensor> theirs = new ArrayList<>();
    float[] values = new float[weights.length];
    long offset = 0;
    for (NamedTensor tensor : sorted) {
      String key = KeyForm.DIFFUSERS.name(tensor.name(), levels);
      theirs.add(new NamedTensor(key, KeyForm.diffusersShape(tensor), offset));
      System.arraycopy(weights, (int) tensor.offset(), values, (int) offset, (int) tensor.length());
      offset += tensor.length();
    }
    try (OutputStream out = ArtifactOutput.create(conf, dir, path, path)) {
      Safetensors.write(out, theirs, values, Map.of("format", "pt"));
    } catch (IOException e) {
      throw new UserException(
          e, "cannot write %s: %s", Locations.resolve(dir, path), e.getMessage());
    }
  }
}

package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.InputRef;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.artifact.SoftwareVersion;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.engine.TrainingState;
import io.sparkddpm.engine.WorkerMoments;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.objective.Clock;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.spark.data.CodecNote;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactCopy;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Safetensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * A whole checkpoint: parameters, moments and averages of weights as safetensors files of named
 * tensors in PyTorch's layout. Needs no Spark. Immutable; threads may share it.
 */
public final class Checkpoint {
  /** Name of the parameters themselves, beside the {@code ema-…} ones. */
  public static final String RAW = "raw";

  public static final String WEIGHTS_FILE = "weights.safetensors";
  public static final String FIRST_MOMENT_FILE = "adam-m.safetensors";
  static final String SECOND_MOMENT_FILE = "adam-v.safetensors";

  /** Momentum of the outer optimiser; runs without one have no such file. */
  static final String OUTER_MOMENTUM_FILE = "outer-momentum.safetensors";

  /** State of the clock, in a form of its own; runs whose clock has none have no such file. */
  static final String CLOCK_FILE = "clock.bin";

  public static final String STEP = "step";
  static final String PARAMETERS = "parameters";
  public static final String IMPORTED = "imported-weights-sha256";
  static final String WINDOW = "metrics-window";

  /** Name of the engine that computed the last steps. */
  static final String ENGINE = "engine";

  private final Artifact artifact;
  private final RunSettings settings;

  Checkpoint(Artifact artifact) {
    this.artifact = artifact;
    try {
      this.settings = RunSettings.fromMap(artifact.dir().toString(), manifest().config());
    } catch (UserException e) {
      throw new UserException(
          e,
          "%s, written by version %s, has settings that this version %s does not read: %s",
          artifact.dir(),
          manifest().softwareVersion(),
          SoftwareVersion.CURRENT,
          e.getMessage());
    }
  }

  /**
   * Opens a checkpoint. Its files are checked as they are read.
   *
   * @throws UserException naming the file, if there is none, or none that this version reads
   */
  public static Checkpoint read(Configuration conf, URI uri) {
    return new Checkpoint(Artifact.open(conf, uri, ArtifactKind.CHECKPOINT));
  }

  /** Where it lies. */
  public URI uri() {
    return artifact.dir();
  }

  /** What it says of itself. */
  public Manifest manifest() {
    return artifact.manifest();
  }

  /** Optimiser steps taken. */
  public long step() {
    return manifest().count(STEP);
  }

  /** What the run was set to when it wrote this. */
  public RunSettings settings() {
    return settings;
  }

  /** Shape of the network. */
  public NetworkConfig modelConfig() {
    return settings.model();
  }

  /** How its output is read. */
  public DiffusionConfig diffusion() {
    return settings.diffusion();
  }

  /** The noise schedule that it was trained with. */
  public ScheduleConfig schedule() {
    return settings.schedule();
  }

  /** What the run is trained on; empty where it has only been imported yet. */
  public Optional<InputRef> dataset() {
    return manifest().inputs().stream().findFirst();
  }

  /** Of the dataset that the run is trained on. */
  public DatasetNotes notes() {
    return DatasetNotes.read(manifest());
  }

  /** Names of the classes that the network knows, by label; empty where only numbers are known. */
  public List<String> classNames() {
    return notes().classNames();
  }

  /** Of the latents that the run is trained on; empty where it is trained on data themselves. */
  public Optional<CodecNote> codec() {
    return notes().codec();
  }

  /** What {@link #weights} takes: {@code raw}, then the averages. */
  public List<String> weightNames() {
    return weightNames(settings.training());
  }

  /** The weights that checkpoints of a run have: {@code raw}, then the averages. */
  public static List<String> weightNames(TrainingConfig training) {
    List<String> names = new ArrayList<>(List.of(RAW));
    names.addAll(training.ema().names());
    return names;
  }

  /**
   * Reads weights, checked against the manifest.
   *
   * @param name {@code raw} or {@code ema-…}, see {@link #weightNames}
   * @return flat, in the order of {@link #layout}
   * @throws UserException if there are none of that name, or their file is damaged
   */
  public float[] weights(String name) {
    return tensors(weightsFile(name)).values();
  }

  /**
   * As {@link #weights(String)}, for an engine that has its parameters in that order.
   *
   * @throws UserException also if the tensors are not the engine's
   */
  public float[] weights(String name, List<NamedTensor> layout) {
    return tensors(weightsFile(name), layout);
  }

  /** Names and shapes of the tensors, in the flat order. */
  public List<NamedTensor> layout() {
    return tensors(WEIGHTS_FILE).layout();
  }

  /** SHA-256 of the file of raw weights. */
  public String weightsSha256() {
    return manifest().file(WEIGHTS_FILE).orElseThrow().sha256();
  }

  private String weightsFile(String name) {
    if (!weightNames().contains(name)) {
      throw new UserException(
          "%s has no weights '%s', it has %s", uri(), name, String.join(", ", weightNames()));
    }
    return name.equals(RAW) ? WEIGHTS_FILE : fileOf(name);
  }

  static String fileOf(String emaName) {
    return emaName + ".safetensors";
  }

  /**
   * Parameters, moments and step, to train on with; moments of zero where each worker has its own.
   */
  public TrainingState state(List<NamedTensor> layout) {
    float[] parameters = tensors(WEIGHTS_FILE, layout);
    return hasOwnMoments()
        ? new TrainingState(
            parameters, new float[parameters.length], new float[parameters.length], step())
        : new TrainingState(
            parameters,
            tensors(FIRST_MOMENT_FILE, layout),
            tensors(SECOND_MOMENT_FILE, layout),
            step());
  }

  private boolean hasOwnMoments() {
    return manifest().file(FIRST_MOMENT_FILE).isEmpty();
  }

  /**
   * Moments of each worker, read from here whenever they are asked for; empty where all have those
   * of {@link #state}.
   */
  public Optional<WorkerMoments> ownMoments(List<NamedTensor> layout) {
    return hasOwnMoments()
        ? Optional.of((worker, first, second) -> readMoments(worker, layout, first, second))
        : Optional.empty();
  }

  private void readMoments(int worker, List<NamedTensor> layout, float[] first, float[] second) {
    float[] m = tensors(momentFile(FIRST_MOMENT_FILE, worker), layout);
    System.arraycopy(m, 0, first, 0, m.length);
    float[] v = tensors(momentFile(SECOND_MOMENT_FILE, worker), layout);
    System.arraycopy(v, 0, second, 0, v.length);
  }

  /**
   * The file of a worker's own moment.
   *
   * @param common that of a moment which all workers share
   * @param worker zero-based
   */
  static String momentFile(String common, int worker) {
    return common.replace(".safetensors", "-worker-" + worker + ".safetensors");
  }

  /**
   * A clock as of this checkpoint.
   *
   * @param clock as of step 0
   * @throws UserException if the checkpoint holds the state of another
   */
  public Clock restore(Clock clock) {
    byte[] saved = {};
    if (manifest().file(CLOCK_FILE).isPresent()) {
      try (InputStream in = artifact.input(CLOCK_FILE)) {
        saved = in.readAllBytes();
      } catch (IOException e) {
        throw new UserException(e, "cannot read %s: %s", artifact.uri(CLOCK_FILE), e.getMessage());
      }
    }
    try {
      return clock.restore(saved);
    } catch (IllegalArgumentException e) {
      throw new UserException(
          e, "%s was trained with timesteps drawn in another way: %s", this, e.getMessage());
    }
  }

  public float[] tensors(String file, List<NamedTensor> layout) {
    try (InputStream in = artifact.input(file)) {
      return Safetensors.read(in, size(file), artifact.uri(file).toString(), layout);
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", artifact.uri(file), e.getMessage());
    }
  }

  /** Writes a file that {@link #tensors} reads, as of a step. */
  static void writeTensors(
      ArtifactWriter writer, String file, List<NamedTensor> layout, float[] values, long step) {
    try (OutputStream out = writer.output(file)) {
      Safetensors.write(out, layout, values, Map.of("step", Long.toString(step)));
    } catch (IOException e) {
      throw new UserException(e, "cannot write %s in %s: %s", file, writer.dir(), e.getMessage());
    }
  }

  /**
   * Copies all of it; the copy has the same fingerprint.
   *
   * @param to a directory that holds nothing
   * @throws UserException if it is damaged, or cannot be written there
   */
  public void copyTo(Configuration conf, URI to) {
    ArtifactCopy.copy(conf, artifact, to);
  }

  /** A file of it, checked against the manifest as it is read. */
  InputStream input(String file) {
    return artifact.input(file);
  }

  private long size(String file) {
    return manifest().file(file).orElseThrow().size();
  }

  private Safetensors.Content tensors(String file) {
    try (InputStream in = artifact.input(file)) {
      return Safetensors.read(in, size(file), artifact.uri(file).toString());
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", artifact.uri(file), e.getMessage());
    }
  }

  @Override
  public String toString() {
    return uri().toString();
  }
}

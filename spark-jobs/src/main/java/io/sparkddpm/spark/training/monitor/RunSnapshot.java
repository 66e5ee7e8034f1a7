package io.sparkddpm.spark.training.monitor;

import io.sparkddpm.artifact.InputRef;
import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.RunDirectory;
import io.sparkddpm.spark.training.checkpoint.RunState;
import io.sparkddpm.tensor.NamedTensor;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A run as an observer sees it between two rounds. Good during the call only. */
public final class RunSnapshot {
  private final RunSettings settings;
  private final RunDirectory directory;
  private final RunState state;
  private final List<TrainingMetrics> metrics;

  /**
   * @param metrics of the run so far
   */
  public RunSnapshot(
      RunSettings settings, RunDirectory directory, RunState state, List<TrainingMetrics> metrics) {
    this.settings = settings;
    this.directory = directory;
    this.state = state;
    this.metrics = metrics;
  }

  /** What the run is set to. */
  public RunSettings settings() {
    return settings;
  }

  /** The run's directory. */
  public URI run() {
    return directory.uri();
  }

  /** Identifies the run for other programs, after a resumption too; see {@link RunDirectory#id}. */
  public String id() {
    return directory.id();
  }

  /** What the run is trained on. */
  public Optional<InputRef> dataset() {
    return directory.dataset();
  }

  /** The run's metrics so far, in the order of their steps. */
  public List<TrainingMetrics> metrics() {
    return metrics;
  }

  /** Steps taken so far. */
  public long step() {
    return state.training().step();
  }

  /** Writes the sample grid of this step, a PNG file. */
  public void writeGrid(byte[] png) {
    directory.writeGrid(step(), png);
  }

  /** {@code raw}, then the averages of weights. */
  public List<String> weightNames() {
    List<String> names = new ArrayList<>(List.of(Checkpoint.RAW));
    state.emas().forEach(e -> names.add(e.name()));
    return names;
  }

  /** Weights by name, flat; not to be changed. */
  public float[] weights(String name) {
    return state.weights(name);
  }

  /** Names and shapes of the tensors in {@link #weights}. */
  public List<NamedTensor> layout() {
    return state.layout();
  }
}

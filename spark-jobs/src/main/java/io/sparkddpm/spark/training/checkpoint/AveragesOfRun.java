package io.sparkddpm.spark.training.checkpoint;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.engine.EmaConfig;
import io.sparkddpm.engine.PowerAverages;
import io.sparkddpm.engine.PowerAverages.Profile;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.tensor.NamedTensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;

/**
 * All averages of weights in the checkpoints of a run with {@link EmaConfig.Power}, and others made
 * of them. Needs no Spark.
 */
public final class AveragesOfRun {
  private static final Pattern FILES = Pattern.compile(".*\\.(safetensors|bin)(\\..*)?");

  private final Configuration conf;
  private final List<Checkpoint> checkpoints;
  private final EmaConfig.Power kept;
  private final List<Stored> stored = new ArrayList<>();

  /** An average and where it lies. */
  private record Stored(Checkpoint checkpoint, Profile profile) {
    float[] values() {
      return checkpoint.weights(EmaConfig.Power.name(profile.width()));
    }
  }

  /**
   * Reads the manifests of all checkpoints.
   *
   * @throws UserException if there are none, or the run keeps other averages
   */
  public AveragesOfRun(Configuration conf, URI run) {
    this.conf = conf;
    this.checkpoints = Checkpoints.list(conf, run).stream().filter(c -> c.step() > 0).toList();
    if (checkpoints.isEmpty()) {
      throw new UserException("%s has no checkpoint of a step after 0", run);
    }
    RunSettings settings = latest().settings();
    if (!(settings.training().ema() instanceof EmaConfig.Power power) || power.widths().isEmpty()) {
      throw new UserException(
          "%s keeps %s: other widths can be made only of averages by training.ema=power",
          run, String.join(", ", latest().weightNames()));
    }
    this.kept = power;
    for (Checkpoint checkpoint : checkpoints) {
      kept.widths()
          .forEach(w -> stored.add(new Stored(checkpoint, new Profile(checkpoint.step(), w))));
    }
  }

  private Checkpoint latest() {
    return checkpoints.get(checkpoints.size() - 1);
  }

  /**
   * Writes a checkpoint as that of a step, with averages of other widths in place of the run's.
   *
   * @param step of one of the run's checkpoints; empty: of the latest
   * @param wanted the averages
   * @param output a new directory, or what a killed attempt left there
   * @throws UserException if there is no such checkpoint, one is damaged, or {@code output} is
   *     taken
   */
  public Checkpoint write(
      OptionalLong step, EmaConfig.Power wanted, URI output, Progress progress) {
    Checkpoint base = step.isPresent() ? of(step.getAsLong()) : latest();
    RunSettings before = base.settings();
    RunSettings settings = before.withTraining(before.training().withEma(wanted));
    ArtifactWriter writer = ArtifactWriter.create(conf, output, ArtifactKind.CHECKPOINT);
    writer.discardLeftovers(FILES);
    copyOthers(base, writer);
    List<NamedTensor> layout = base.layout();
    try (Progress.Task task =
        progress.start("ema", (long) wanted.widths().size() * stored.size())) {
      for (double width : wanted.widths()) {
        float[] average = average(new Profile(base.step(), width), task);
        String file = Checkpoint.fileOf(EmaConfig.Power.name(width));
        Checkpoint.writeTensors(writer, file, layout, average, base.step());
      }
    }
    Manifest manifest = base.manifest();
    Manifest.Builder builder = Manifest.builder(ArtifactKind.CHECKPOINT).config(settings.toMap());
    manifest.seeds().forEach(builder::seed);
    manifest.inputs().forEach(i -> builder.input(i.uri(), i.fingerprint()));
    manifest.counts().forEach(builder::count);
    manifest.properties().forEach(builder::property);
    DatasetNotes.read(manifest).write(builder);
    writer.commit(builder);
    return Checkpoint.read(conf, output);
  }

  private Checkpoint of(long step) {
    return checkpoints.stream()
        .filter(c -> c.step() == step)
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "there is no checkpoint of step %s, there are those of %s",
                    step, checkpoints.stream().map(Checkpoint::step).toList()));
  }

  /** All files of a checkpoint but its averages. */
  private void copyOthers(Checkpoint base, ArtifactWriter writer) {
    List<String> averages = kept.names().stream().map(Checkpoint::fileOf).toList();
    for (FileEntry file : base.manifest().files()) {
      if (averages.contains(file.path())) {
        continue;
      }
      try (InputStream in = base.input(file.path());
          OutputStream out = writer.output(file.path())) {
        in.transferTo(out);
      } catch (IOException e) {
        throw new UserException(e, "cannot copy %s of %s: %s", file.path(), base, e.getMessage());
      }
    }
  }

  private float[] average(Profile wanted, Progress.Task task) {
    double[] coefficients =
        PowerAverages.coefficients(stored.stream().map(Stored::profile).toList(), wanted);
    double[] sum = new double[0];
    for (int s = 0; s < coefficients.length; s++) {
      float[] values = stored.get(s).values();
      sum = s == 0 ? new double[values.length] : sum;
      for (int i = 0; i < values.length; i++) {
        sum[i] += coefficients[s] * values[i];
      }
      task.advance(1);
    }
    float[] average = new float[sum.length];
    for (int i = 0; i < average.length; i++) {
      average[i] = (float) sum[i];
    }
    return average;
  }
}

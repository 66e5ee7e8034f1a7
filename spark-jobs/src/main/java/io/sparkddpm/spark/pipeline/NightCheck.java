package io.sparkddpm.spark.pipeline;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.job.FidInputs;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Checks, before a night starts, everything that it will need until its end. */
final class NightCheck {
  private static final List<String> WRITTEN =
      List.of("nights", "sources", "dataset", "run", "run/checkpoints", "samples");

  private static final String PROBE = "_writable";

  /** Of one image, as far as distances keep them while they are measured. */
  private static final long FEATURE_BYTES = 8192;

  private final Configuration conf;
  private final NightFiles files;
  private final DdpmConfig config;
  private final Optional<URI> inception;

  /**
   * @param config that the night runs with
   * @param inception the network that measures
   */
  NightCheck(Configuration conf, NightFiles files, DdpmConfig config, Optional<URI> inception) {
    this.conf = conf;
    this.files = files;
    this.config = config;
    this.inception = inception;
  }

  /**
   * Checks everything.
   *
   * @param night its name
   * @param earlier nights that are done
   * @return warnings for the user
   * @throws UserException saying what is missing or does not fit
   */
  List<String> run(String night, List<NightRecord> earlier) {
    images();
    SampleJob.requireFits(config.sample(), config.runSettings(), config.pipeline().sampleCount());
    FidInputs.requireEnough(
        conf, inception, config.fid(), "pipeline.sample-count", config.pipeline().sampleCount());
    reference().ifPresent(r -> FidInputs.requireComparable(conf, inception, config.fid(), r));
    List<String> warnings = checkpoint(earlier.isEmpty() ? null : earlier.get(earlier.size() - 1));
    writable();
    space(night);
    return warnings;
  }

  private void images() {
    Shape shape = config.model().inputShape();
    int size = config.shard().imageSize();
    if (shape.rank() != 3 || shape.dim(1) != size || shape.dim(2) != size) {
      throw new UserException(
          "shard.image-size is %d, but the network takes items of %s: images are made for the"
              + " network",
          size, shape);
    }
  }

  /** The statistics that are there already; those of the first night's images are made later. */
  private Optional<URI> reference() {
    if (!config.nightly().reference().isEmpty()) {
      return Optional.of(Locations.parse(conf, config.nightly().reference()));
    }
    return Optional.of(files.place("reference")).filter(uri -> Artifact.exists(conf, uri));
  }

  private List<String> checkpoint(NightRecord last) {
    URI run = files.place("run");
    Optional<Checkpoint> found = Checkpoints.latestWhole(conf, run);
    if (found.isPresent()) {
      List<String> conflicts = config.runSettings().conflictsWith(found.get().settings());
      if (!conflicts.isEmpty()) {
        throw new UserException(
            "%s cannot be resumed with another configuration: %s",
            run, String.join("; ", conflicts));
      }
    }
    if (last == null || found.filter(c -> c.step() >= last.step()).isPresent()) {
      return List.of();
    }
    if (found.isEmpty()) {
      throw new UserException(
          "%s has no whole checkpoint, though night %s ended at step %d: put it back, or choose"
              + " another pipeline.output",
          run, last.night(), last.step());
    }
    return List.of(
        String.format(
            Locale.ROOT,
            "the checkpoint of step %d, at which night %s ended, is gone or damaged: training"
                + " resumed from step %d",
            last.step(),
            last.night(),
            found.get().step()));
  }

  /** By writing: permissions alone do not show whether a file system accepts files. */
  private void writable() {
    probe(files.place(PROBE));
    for (String dir : WRITTEN) {
      if (files.exists(files.place(dir))) {
        probe(files.place(dir + "/" + PROBE));
      }
    }
  }

  private void probe(URI file) {
    files.write(file, new byte[] {1});
    files.delete(file);
  }

  private void space(String night) {
    long needed = 0;
    if (files.trained(night).isEmpty()) {
      long vectors = 3L + config.training().ema().names().size(); // weights and two moments
      vectors += config.training().averaging().outerOptimizer().isPresent() ? 1 : 0;
      needed += 2 * vectors * Float.BYTES * config.model().spec().parameterCount();
    }
    long images = config.pipeline().sampleCount();
    if (!Artifact.exists(conf, files.place("samples/" + night))) {
      needed += images * config.model().inputShape().length();
    }
    needed += images * FEATURE_BYTES;
    URI output = files.place(PROBE);
    try {
      FileSystem fs = Locations.fileSystem(conf, output);
      long left = fs.getStatus(new Path(output).getParent()).getRemaining();
      if (left < needed) {
        throw new UserException(
            "%s has %,d MB left, but the night needs about %,d MB for checkpoints, samples and"
                + " features",
            new Path(output).getParent(), left >> 20, (needed >> 20) + 1);
      }
    } catch (IOException e) {
      return; // a file system that cannot tell
    }
  }
}

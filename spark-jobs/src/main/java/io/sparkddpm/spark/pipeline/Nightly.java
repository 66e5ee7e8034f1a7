package io.sparkddpm.spark.pipeline;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * One night of a run that continues every night: adds the images that have arrived, trains from
 * last night's checkpoint for a budget of steps or hours, draws samples, measures them against a
 * reference that stays the same, compares with earlier nights, and writes a report of all nights.
 *
 * <p>May be started any number of times: an interrupted night resumes, a finished one is not
 * repeated, and of two at once the second is refused. For one thread.
 */
public final class Nightly {
  private final SparkSession session;
  private final Configuration conf;
  private final DdpmConfig config;
  private final List<URI> inputs;
  private final URI output;
  private final Optional<URI> inception;
  private final Progress progress;

  /**
   * The result of a night.
   *
   * @param night its name
   * @param repeated whether it was done already
   * @param summary lines for the user
   * @param warnings for the user
   * @param report the page
   */
  public record Result(
      String night, boolean repeated, List<String> summary, List<String> warnings, URI report) {}

  /**
   * A night on a session.
   *
   * @param inputs files or directories of images
   * @param output directory of all nights
   * @param inception the published network; without it the distance is {@code fd-random}
   */
  public Nightly(
      SparkSession session,
      DdpmConfig config,
      List<URI> inputs,
      URI output,
      Optional<URI> inception,
      Progress progress) {
    checkState(config.nightly().isOn(), "nightly.steps or nightly.hours are needed");
    this.session = session;
    this.conf = session.sparkContext().hadoopConfiguration();
    this.config = config;
    this.inputs = List.copyOf(inputs);
    this.output = output;
    this.inception = inception;
    this.progress = progress;
  }

  /**
   * Runs what is not done of a night.
   *
   * @param name of the night, such as a date; if an earlier night was interrupted, that one's name
   *     is taken
   * @throws UserException if an input or an artefact is bad, or another process is at it
   * @throws DistanceWorsenedException if all is done but the distance is too large
   */
  public Result run(String name) {
    checkName(name);
    config.shard().requireImages("pipeline");
    try {
      Locations.fileSystem(conf, output).mkdirs(new Path(output));
    } catch (IOException e) {
      throw new UserException(e, "cannot create the directory %s: %s", output, e.getMessage());
    }
    try (Lease lease = Lease.acquire(conf, output)) {
      NightFiles files = new NightFiles(conf, output).heldBy(lease.token());
      NightRetention retention = new NightRetention(conf, files, config);
      List<NightRecord> earlier = files.done();
      boolean repeated = earlier.stream().anyMatch(n -> n.night().equals(name));
      if (!repeated) {
        Optional<NightPlan> begun = files.begun(earlier);
        new NightAttempt(
                session,
                files,
                config,
                inputs,
                inception,
                begun.map(NightPlan::night).orElse(name),
                earlier,
                retention.keptSteps(earlier),
                lease,
                progress)
            .run(begun);
      }
      return new NightPublication(conf, files, retention, lease).publish(name, repeated);
    }
  }

  private static void checkName(String name) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new UserException(
          "a night's name has letters, digits, dots and dashes, such as 2026-01-31; got '%s'",
          name);
    }
  }
}

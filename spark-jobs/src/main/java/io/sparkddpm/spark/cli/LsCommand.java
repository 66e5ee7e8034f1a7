package io.sparkddpm.spark.cli;

import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.store.ArtifactListing;
import io.sparkddpm.spark.store.Locations;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code ls}: the artefacts in a directory. */
@Command(
    name = "ls",
    description = {
      "Lists the artefacts (datasets, runs, samples, statistics, ...) in a directory.",
      "Reads their manifests only; 'verify' reads their files. What has none yet, or whose writer"
          + " was broken off, is unfinished."
    },
    mixinStandardHelpOptions = true)
final class LsCommand implements Callable<Integer> {
  private static final int FINGERPRINT = 12;

  @ParentCommand private DdpmCommand ddpm;
  @Mixin private SparkOptions spark;

  @Parameters(paramLabel = "URI", description = "The directory, on any file system.")
  private String dir;

  @Override
  public Integer call() {
    Configuration conf = spark.hadoopConfiguration();
    ArtifactListing listing = ArtifactListing.of(conf, Locations.parse(conf, dir));
    PrintStream out = ddpm.terminal().out();
    int width =
        Stream.concat(
                listing.found().stream().map(ArtifactListing.Found::name),
                listing.unfinished().stream().map(ArtifactListing.Unfinished::name))
            .mapToInt(String::length)
            .max()
            .orElse(0);
    for (ArtifactListing.Found found : listing.found()) {
      String line =
          String.format(
              Locale.ROOT,
              "%-10s  %-" + Math.max(1, width) + "s  %12s  %s  %s",
              found.manifest().kind(),
              found.name(),
              megabytes(found.bytes()),
              found.manifest().fingerprint().substring(0, FINGERPRINT),
              found.counts(items(found.manifest())));
      out.println(line.stripTrailing());
    }
    for (ArtifactListing.Unfinished unfinished : listing.unfinished()) {
      String holders =
          unfinished.holders().isEmpty()
              ? "held by nobody"
              : String.join("; ", unfinished.holders());
      String format = "unfinished  %-" + width + "s  %s";
      out.println(String.format(Locale.ROOT, format, unfinished.name(), holders));
    }
    if (width == 0) {
      out.println("no artefacts in " + dir);
    }
    listing.unreadable().forEach(problem -> ddpm.terminal().err().println("ddpm: " + problem));
    return listing.unreadable().isEmpty() ? Cli.OK : Cli.BAD_INPUT;
  }

  /** Nothing for what has no files of its own, such as a run, whose checkpoints have them. */
  private static String megabytes(long bytes) {
    return bytes == 0 ? "" : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }

  /** The noun of its items; that of images where this version does not know the medium. */
  static String items(Manifest manifest) {
    try {
      return DatasetNotes.read(manifest).medium().plural().replace(' ', '-');
    } catch (UserException e) {
      return "images";
    }
  }
}

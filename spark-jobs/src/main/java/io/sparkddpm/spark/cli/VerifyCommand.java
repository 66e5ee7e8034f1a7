package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code verify}: every file of an artefact against its manifest. */
@Command(
    name = "verify",
    description =
        "Checks an artefact (dataset, run, checkpoint, samples, ...) against its manifest.",
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
  @ParentCommand private DdpmCommand ddpm;
  @Mixin private SparkOptions spark;

  @Parameters(paramLabel = "URI", description = "The artefact's directory.")
  private String location;

  @Override
  public Integer call() {
    Configuration conf = spark.hadoopConfiguration();
    URI dir = Locations.parse(conf, location);
    Artifact artifact = Artifact.open(conf, dir);
    List<String> problems = artifact.verify();
    if (problems.isEmpty()) {
      ddpm.terminal()
          .out()
          .println(
              dir
                  + ": whole "
                  + artifact.manifest().kind()
                  + " of "
                  + artifact.manifest().files().size()
                  + " files, fingerprint "
                  + artifact.manifest().fingerprint());
      return Cli.OK;
    }
    problems.forEach(p -> ddpm.terminal().err().println("ddpm: " + p));
    return Cli.BAD_INPUT;
  }
}

package io.sparkddpm.spark.cli;

import io.sparkddpm.artifact.SoftwareVersion;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of the command line. */
@Command(
    name = "ddpm",
    description =
        "Trains denoising diffusion models on Apache Spark, draws samples and measures them.",
    mixinStandardHelpOptions = true,
    versionProvider = DdpmCommand.Version.class,
    subcommands = {
      DrawCommand.class,
      ShardCommand.class,
      TrainCommand.class,
      DistilCommand.class,
      TrainClassifierCommand.class,
      SampleCommand.class,
      InterpolateCommand.class,
      CoarseToFineCommand.class,
      EncodeCommand.class,
      LatentsCommand.class,
      ReconstructCommand.class,
      ReferenceStatsCommand.class,
      FidCommand.class,
      MeasureCommand.class,
      EvaluateCommand.class,
      AblateCommand.class,
      SweepCommand.class,
      BenchInceptionCommand.class,
      StatsMergeCommand.class,
      StatsImportCommand.class,
      StatsExportCommand.class,
      PipelineCommand.class,
      DemoCommand.class,
      ConfigCommand.class,
      DoctorCommand.class,
      StatusCommand.class,
      LsCommand.class,
      VerifyCommand.class,
      EmaCommand.class,
      ExportCommand.class,
      ExportFilesCommand.class,
      ExportImagesCommand.class,
      ImportCommand.class,
      DiffRunCommand.class,
      BenchCommand.class,
      BenchRoundsCommand.class,
      ChaosCommand.class,
      PlanCommand.class,
      ToyCommand.class
    },
    footer = {
      "",
      "Exit codes: 0 done; 2 bad input; 3 training diverged; 4 a night's distance got worse; 1"
          + " anything else.",
      "Run 'ddpm COMMAND --help' for the options of a command."
    })
final class DdpmCommand implements Runnable {
  private final Terminal terminal;

  @Spec private CommandSpec spec;

  DdpmCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  Terminal terminal() {
    return terminal;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is needed: " + String.join(", ", spec.subcommands().keySet()));
  }

  /** The version that the build wrote. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"spark-ddpm " + SoftwareVersion.CURRENT};
    }
  }
}

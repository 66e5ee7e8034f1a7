package io.sparkddpm.spark.cli;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which network takes features. */
final class InceptionOption {
  @Option(
      names = "--inception",
      paramLabel = "FILE",
      description = {
        "The published network, classify_image_graph_def.pb.",
        "Or a TorchScript file, for engine=torch: another encoder, known by its hash.",
        "Without it a random network stands in, and the distance is called fd-random."
      })
  private Optional<String> file = Optional.empty();

  @Option(
      names = "--unknown-network",
      description = "Accept a file that is not the published network; results name it.")
  private boolean unknown;

  /** The configuration's keys that these options set. */
  List<String> keys() {
    return unknown ? List.of("fid.unknown-network=true") : List.of();
  }

  /** For {@code --dry-run}. */
  String name() {
    return file.orElse("random");
  }

  Optional<URI> uri(JobCommand.Run run) {
    return file.map(run::uri);
  }
}

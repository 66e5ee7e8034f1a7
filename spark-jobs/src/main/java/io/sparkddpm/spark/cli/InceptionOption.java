package io.sparkddpm.spark.cli;

import java.net.URI;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which network takes features. */
final class InceptionOption {
  @Option(
      names = "--inception",
      paramLabel = "PB",
      description = {
        "The published network, classify_image_graph_def.pb.",
        "Without it a random network stands in, and the distance is called fd-random."
      })
  private Optional<String> file = Optional.empty();

  /** For people. */
  String name() {
    return file.orElse("random");
  }

  Optional<URI> uri(JobCommand.Run run) {
    return file.map(run::uri);
  }
}

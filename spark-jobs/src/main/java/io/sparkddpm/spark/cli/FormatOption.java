package io.sparkddpm.spark.cli;

import io.sparkddpm.spark.data.RecordSources;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What the inputs of a dataset are. */
final class FormatOption {
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      completionCandidates = Formats.class,
      description = "What the inputs are: ${COMPLETION-CANDIDATES}.")
  private Optional<String> format = Optional.empty();

  /** Names of all sources. */
  private static final class Formats implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return RecordSources.names().iterator();
    }
  }

  /** The configuration's keys that this option sets. */
  List<String> keys() {
    return format.map(f -> List.of("shard.format=" + f)).orElse(List.of());
  }
}

package io.sparkddpm.spark.cli;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.lab.doctor.ClusterDoctor;
import io.sparkddpm.spark.lab.doctor.Diagnosis;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code doctor}: whether a cluster can run jobs. */
@Command(
    name = "doctor",
    description = {
      "Looks at a cluster before its first run.",
      "On each executor: versions, memory, clock, whether the engine computes, and whether it"
          + " shares",
      "files with the driver. Leaves nothing."
    },
    mixinStandardHelpOptions = true)
final class DoctorCommand extends JobCommand {
  @Option(
      names = "--dir",
      paramLabel = "URI",
      arity = "1..*",
      description =
          "Directories for datasets and runs: the driver and all executors write and read there.")
  private List<String> directories = List.of();

  @Override
  String name() {
    return "doctor";
  }

  @Override
  Map<String, String> plan(DdpmConfig config) {
    Map<String, String> plan = new LinkedHashMap<>();
    plan.put("doctor", "a task on each executor, with engine " + config.engineFactory().name());
    plan.put("directories", directories.isEmpty() ? "none" : String.join(", ", directories));
    return plan;
  }

  @Override
  void run(Run run) {
    Diagnosis diagnosis =
        new ClusterDoctor(run.session(), run.config().engineFactory()).run(run.uris(directories));
    diagnosis.table().forEach(this::print);
    print("");
    diagnosis.facts().forEach(this::print);
    print("");
    diagnosis.problems().forEach(p -> print("problem: " + p));
    if (!diagnosis.problems().isEmpty()) {
      throw new UserException("problems found: %s", diagnosis.problems().size());
    }
    print("no problem found");
  }
}

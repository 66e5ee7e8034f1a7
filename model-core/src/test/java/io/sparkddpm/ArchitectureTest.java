package io.sparkddpm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;

/** The directions in which packages of this module may depend on each other. */
@AnalyzeClasses(packages = "io.sparkddpm", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest static final ArchRule error_knows_nothing = mayUse("error");
  @ArchTest static final ArchRule random_knows_errors = mayUse("random", "error");
  @ArchTest static final ArchRule tensor_knows_errors = mayUse("tensor", "error");
  @ArchTest static final ArchRule condition_knows_errors = mayUse("condition", "error");
  @ArchTest static final ArchRule codecs_know_tensors = mayUse("codec", "error", "tensor");
  @ArchTest static final ArchRule archive_knows_errors = mayUse("archive", "error");

  @ArchTest
  static final ArchRule schedule_describes_its_keys = mayUse("schedule", "error", "config");

  @ArchTest static final ArchRule config_knows_errors = mayUse("config", "error");
  @ArchTest static final ArchRule artifact_knows_errors = mayUse("artifact", "error");

  @ArchTest
  static final ArchRule image_draws_at_random =
      mayUse("image", "error", "random", "tensor", "archive");

  @ArchTest
  static final ArchRule sounds_are_a_medium =
      mayUse("sound", "error", "config", "random", "tensor", "image", "medium");

  @ArchTest
  static final ArchRule media_write_and_picture_items =
      mayUse("medium", "error", "config", "tensor", "image");

  @ArchTest
  static final ArchRule points_are_a_medium =
      mayUse("points", "error", "config", "tensor", "random", "image", "medium");

  @ArchTest
  static final ArchRule text_is_a_medium_of_tokens =
      mayUse("text", "error", "config", "tensor", "random", "image", "diffusion", "medium");

  @ArchTest
  static final ArchRule statistics_know_no_network_but_their_own =
      mayUse("statistics", "error", "archive", "image", "tensor", "random");

  @ArchTest
  static final ArchRule diffusion_stands_on_schedules =
      mayUse(
          "diffusion", "error", "config", "tensor", "condition", "network", "random", "schedule");

  @ArchTest
  static final ArchRule objectives_stand_on_diffusion =
      mayUse(
          "objective",
          "error",
          "config",
          "tensor",
          "condition",
          "network",
          "random",
          "schedule",
          "diffusion",
          "solver");

  @ArchTest
  static final ArchRule solvers_stand_on_diffusion =
      mayUse(
          "solver",
          "error",
          "config",
          "tensor",
          "condition",
          "network",
          "random",
          "schedule",
          "diffusion");

  @ArchTest
  static final ArchRule networks_are_described_without_kernels =
      mayUse("network", "error", "config", "tensor", "condition", "random");

  @ArchTest
  static final ArchRule interchange_describes_networks =
      mayUse("interchange", "error", "tensor", "network", "random", "schedule", "diffusion");

  @ArchTest
  static final ArchRule pickles_hold_tensors =
      mayUse("pickle", "error", "tensor", "archive", "interchange");

  @ArchTest static final ArchRule memory_knows_errors = mayUse("memory", "error");

  @ArchTest
  static final ArchRule kernels_stand_on_memory =
      mayUse("kernels", "error", "memory", "random", "tensor");

  @ArchTest
  static final ArchRule layers_know_no_training =
      mayUse(
          "layers",
          "error",
          "tensor",
          "condition",
          "random",
          "schedule",
          "diffusion",
          "network",
          "kernels",
          "memory");

  @ArchTest
  static final ArchRule no_cycles =
      slices().matching("io.sparkddpm.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule tensors_stay_inside =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.sparkddpm.layers..",
              "io.sparkddpm.kernels..",
              "io.sparkddpm.memory..",
              "io.sparkddpm.engine..",
              "io.sparkddpm.statistics..",
              "io.sparkddpm.bench..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.nd4j..", "org.deeplearning4j..", "org.bytedeco..");

  @ArchTest
  static final ArchRule no_spark =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.spark..", "org.apache.hadoop..", "scala..", "io.sparkddpm.spark..");

  /** What is not ours may be used; of ours only the package itself and {@code others}. */
  private static ArchRule mayUse(String name, String... others) {
    String[] allowed =
        Stream.concat(Stream.of(name), Stream.of(others))
            .map(p -> "io.sparkddpm." + p + "..")
            .toArray(String[]::new);
    return classes()
        .that()
        .resideInAPackage("io.sparkddpm." + name + "..")
        .should(OwnDependencies.stayIn(allowed))
        .allowEmptyShould(true);
  }
}

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
  @ArchTest static final ArchRule image_draws_at_random = mayUse("image", "error", "random");
  @ArchTest static final ArchRule random_knows_errors = mayUse("random", "error");
  @ArchTest static final ArchRule schedule_knows_errors = mayUse("schedule", "error");
  @ArchTest static final ArchRule config_knows_errors = mayUse("config", "error");
  @ArchTest static final ArchRule artifact_knows_errors = mayUse("artifact", "error");

  @ArchTest
  static final ArchRule fid_knows_no_network_but_its_own =
      mayUse("fid", "error", "image", "random");

  @ArchTest
  static final ArchRule diffusion_stands_on_schedules =
      mayUse("diffusion", "error", "image", "random", "schedule");

  @ArchTest
  static final ArchRule losses_stand_on_diffusion =
      mayUse("loss", "error", "image", "random", "schedule", "diffusion");

  @ArchTest
  static final ArchRule samplers_stand_on_diffusion =
      mayUse("sampler", "error", "image", "random", "schedule", "diffusion");

  @ArchTest
  static final ArchRule the_network_knows_no_training =
      mayUse("unet", "error", "image", "random", "schedule", "diffusion");

  @ArchTest
  static final ArchRule no_cycles =
      slices().matching("io.sparkddpm.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule tensors_stay_inside =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.sparkddpm.unet..",
              "io.sparkddpm.train..",
              "io.sparkddpm.fid..",
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

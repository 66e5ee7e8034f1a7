package io.sparkddpm.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass.Predicates;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The directions in which packages of this module may depend on each other. */
@AnalyzeClasses(
    packages = "io.sparkddpm.spark",
    importOptions = ArchitectureTest.WithoutTests.class)
class ArchitectureTest {
  /** ArchUnit's own knows one directory of a build only, and each release of Spark has another. */
  static final class WithoutTests implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("/test-classes/");
    }
  }

  private static final String CLI = "io.sparkddpm.spark.cli..";
  private static final String PIPELINE = "io.sparkddpm.spark.pipeline..";
  private static final String LAB = "io.sparkddpm.spark.lab..";
  private static final String ML = "io.sparkddpm.spark.ml..";
  private static final String TRACKING = "io.sparkddpm.spark.tracking..";
  private static final String TRAINING = "io.sparkddpm.spark.training";
  private static final String STORE = "io.sparkddpm.spark.store..";

  @ArchTest static final ArchRule nobody_knows_the_command_line = onlyKnownBy(CLI, CLI);

  @ArchTest
  static final ArchRule jobs_are_joined_at_the_top = onlyKnownBy(PIPELINE, CLI, LAB, ML, PIPELINE);

  @ArchTest static final ArchRule nothing_stands_on_stages_of_spark_ml = onlyKnownBy(ML, ML);

  @ArchTest
  static final ArchRule stages_of_spark_ml_alone_know_it =
      noClasses()
          .that()
          .resideOutsideOfPackage(ML)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.spark.ml..");

  @ArchTest
  static final ArchRule the_pipeline_knows_jobs_and_what_they_share =
      noClasses()
          .that()
          .resideInAPackage(PIPELINE)
          .should()
          .dependOnClassesThat(
              Predicates.resideInAPackage("io.sparkddpm.spark..")
                  .and(
                      Predicates.resideOutsideOfPackages(
                          PIPELINE,
                          "io.sparkddpm.spark.evaluation..",
                          "io.sparkddpm.spark.sampling..",
                          "io.sparkddpm.spark.tracking..",
                          "io.sparkddpm.spark.training..",
                          "io.sparkddpm.spark.data..",
                          "io.sparkddpm.spark.report..",
                          "io.sparkddpm.spark.session..",
                          STORE)));

  @ArchTest
  static final ArchRule jobs_know_no_tracking_server = onlyKnownBy(TRACKING, PIPELINE, TRACKING);

  @ArchTest static final ArchRule nothing_stands_on_the_lab = onlyKnownBy(LAB, CLI, LAB);

  @ArchTest
  static final ArchRule the_store_knows_no_job =
      noClasses()
          .that()
          .resideInAPackage(STORE)
          .should()
          .dependOnClassesThat(
              Predicates.resideInAPackage("io.sparkddpm.spark..")
                  .and(Predicates.resideOutsideOfPackage(STORE)))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule no_cycles =
      slices().matching("io.sparkddpm.spark.(*)..").should().beFreeOfCycles();

  /** A run stands on rounds and checkpoints; neither of these knows the other. */
  @ArchTest
  static final ArchRule training_points_one_way =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage(TRAINING + "..")
          .layer("settings")
          .definedBy(TRAINING)
          .layer("job")
          .definedBy(TRAINING + ".job..")
          .layer("monitor")
          .definedBy(TRAINING + ".monitor..")
          .layer("round")
          .definedBy(TRAINING + ".round..")
          .layer("exchange")
          .definedBy(TRAINING + ".exchange..")
          .layer("checkpoint")
          .definedBy(TRAINING + ".checkpoint..")
          .whereLayer("job")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("monitor")
          .mayOnlyBeAccessedByLayers("job")
          .whereLayer("round")
          .mayOnlyBeAccessedByLayers("job")
          .whereLayer("checkpoint")
          .mayOnlyBeAccessedByLayers("job", "monitor")
          .whereLayer("exchange")
          .mayOnlyBeAccessedByLayers("job", "round")
          .whereLayer("settings")
          .mayNotAccessAnyLayer();

  @ArchTest
  static final ArchRule evaluation_points_one_way =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("job")
          .definedBy("io.sparkddpm.spark.evaluation.job..")
          .layer("bound")
          .definedBy("io.sparkddpm.spark.evaluation.bound..")
          .layer("metric")
          .definedBy("io.sparkddpm.spark.evaluation.metric..")
          .layer("stats")
          .definedBy("io.sparkddpm.spark.evaluation.stats..")
          .layer("features")
          .definedBy("io.sparkddpm.spark.evaluation.features..")
          .layer("input")
          .definedBy("io.sparkddpm.spark.evaluation.input..")
          .layer("configuration")
          .definedBy("io.sparkddpm.spark.evaluation")
          .whereLayer("job")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("bound")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("metric")
          .mayOnlyBeAccessedByLayers("job")
          .whereLayer("stats")
          .mayOnlyBeAccessedByLayers("metric", "job")
          .whereLayer("features")
          .mayOnlyBeAccessedByLayers("stats", "metric", "job")
          .whereLayer("input")
          .mayOnlyBeAccessedByLayers("features", "stats", "job")
          .whereLayer("configuration")
          .mayNotAccessAnyLayer();

  /** DL4J on Spark is found by ServiceLoader; engines compute. */
  @ArchTest
  static final ArchRule nobody_knows_dl4j_or_tensors =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.deeplearning4j..", "org.nd4j..", "org.bytedeco..", "io.sparkddpm.dl4j..");

  private static ArchRule onlyKnownBy(String target, String... users) {
    return classes()
        .that()
        .resideInAPackage(target)
        .should()
        .onlyHaveDependentClassesThat()
        .resideInAnyPackage(users)
        .allowEmptyShould(true);
  }
}

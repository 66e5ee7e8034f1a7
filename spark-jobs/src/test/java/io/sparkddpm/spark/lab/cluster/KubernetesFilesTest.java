package io.sparkddpm.spark.lab.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The manifests that users apply. */
class KubernetesFilesTest {
  private static final Set<String> OPERATOR_SCHEDULE =
      Set.of(
          "schedule",
          "concurrencyPolicy",
          "suspend",
          "successfulRunHistoryLimit",
          "failedRunHistoryLimit",
          "template");
  private static final Set<String> OPERATOR_APPLICATION =
      Set.of(
          "type",
          "mode",
          "sparkVersion",
          "image",
          "mainClass",
          "mainApplicationFile",
          "arguments",
          "sparkConf",
          "restartPolicy",
          "driver",
          "executor");
  private static final Set<String> OPERATOR_RESTARTS =
      Set.of(
          "type",
          "onFailureRetries",
          "onFailureRetryInterval",
          "onSubmissionFailureRetries",
          "onSubmissionFailureRetryInterval");
  private static final Set<String> OPERATOR_PODS =
      Set.of(
          "template",
          "cores",
          "memory",
          "memoryOverhead",
          "serviceAccount",
          "javaOptions",
          "instances");

  private static String text(String name) throws IOException {
    Path file = SparkHome.root().resolve("kubernetes").resolve(name);
    return Files.readString(file, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rbac.yaml",
        "driver-pod.yaml",
        "executor-pod.yaml",
        "executor-pod-gpu.yaml",
        "nightly-cronjob.yaml"
      })
  void everyFieldIsOfTheSchema(String name) throws IOException {
    assertFalse(StrictYaml.read(text(name)).isEmpty());
  }

  @Test
  void aMisspeltFieldIsFound() throws IOException {
    String wrong = text("driver-pod.yaml").replace("runAsNonRoot", "runAsNonroot");
    String message =
        assertThrows(IllegalArgumentException.class, () -> StrictYaml.read(wrong)).getMessage();
    assertTrue(
        message.startsWith(
            "The field `runAsNonroot` in the JSON string is not defined in the"
                + " `V1PodSecurityContext` properties."),
        message);
  }

  @Test
  void aMissingFieldIsFound() throws IOException {
    String wrong = text("driver-pod.yaml").replace("- name: credentials\n      secret", "- secret");
    String message =
        assertThrows(IllegalArgumentException.class, () -> StrictYaml.read(wrong)).getMessage();
    assertTrue(message.startsWith("The required field `name` is not found"), message);
  }

  /** Its own fields by the operator's documentation, the pods' by Kubernetes' schema. */
  @Test
  void theOperatorsNightIsTheCronJobs() throws IOException {
    JsonNode application = StrictYaml.documents(text("nightly-sparkapplication.yaml")).get(0);
    assertEquals("sparkoperator.k8s.io/v1beta2", application.get("apiVersion").asText());
    assertEquals("ScheduledSparkApplication", application.get("kind").asText());
    assertEquals(
        Optional.empty(),
        KubernetesSchema.problem("ObjectMeta", application.get("metadata").toString()));
    JsonNode spec = application.get("spec");
    assertKnown(OPERATOR_SCHEDULE, spec);
    assertEquals("Forbid", spec.get("concurrencyPolicy").asText());
    JsonNode template = spec.get("template");
    assertKnown(OPERATOR_APPLICATION, template);
    assertKnown(OPERATOR_RESTARTS, template.get("restartPolicy"));
    for (String role : List.of("driver", "executor")) {
      JsonNode of = template.get(role);
      assertKnown(OPERATOR_PODS, of);
      JsonNode pod = of.get("template");
      assertEquals(
          Optional.empty(), KubernetesSchema.problem("PodTemplateSpec", pod.toString()), role);
      assertTrue(pod.at("/spec/securityContext/runAsNonRoot").asBoolean());
      assertEquals(
          "spark-kubernetes-" + role, pod.at("/spec/containers/0/name").asText(), "Spark's names");
    }
    JsonNode job = StrictYaml.documents(text("nightly-cronjob.yaml")).get(0).get("spec");
    assertEquals(job.get("schedule"), spec.get("schedule"));
    JsonNode container = job.at("/jobTemplate/spec/template/spec/containers/0");
    assertEquals(container.get("image"), template.get("image"));
    List<String> arguments = new ArrayList<>();
    container.get("args").forEach(a -> arguments.add(a.asText()));
    int jar = arguments.indexOf(template.get("mainApplicationFile").asText());
    List<String> command = new ArrayList<>();
    template.get("arguments").forEach(a -> command.add(a.asText()));
    assertEquals(arguments.subList(jar + 1, arguments.size()), command);
    assertTrue(arguments.contains("--class=" + template.get("mainClass").asText()));
  }

  private static void assertKnown(Set<String> known, JsonNode node) {
    node.fieldNames().forEachRemaining(name -> assertTrue(known.contains(name), name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"driver-pod.yaml", "executor-pod.yaml", "executor-pod-gpu.yaml"})
  void podsAreNotRootAndMountSecretsToReadOnly(String name) throws IOException {
    Pod pod = (Pod) StrictYaml.read(text(name)).get(0);
    assertTrue(pod.getSpec().getSecurityContext().getRunAsNonRoot());
    Container container = pod.getSpec().getContainers().get(0);
    assertEquals(List.of("ALL"), container.getSecurityContext().getCapabilities().getDrop());
    assertTrue(container.getVolumeMounts().get(0).getReadOnly());
    assertTrue(container.getEnv().isEmpty(), "secrets come as files, not in the environment");
  }

  @Test
  void aCardIsAskedForAndItsTaintTolerated() throws IOException {
    Pod pod = (Pod) StrictYaml.read(text("executor-pod-gpu.yaml")).get(0);
    Container container = pod.getSpec().getContainers().get(0);
    assertEquals(new Quantity("1"), container.getResources().getLimits().get("nvidia.com/gpu"));
    assertEquals("nvidia.com/gpu", pod.getSpec().getTolerations().get(0).getKey());
  }

  @Test
  void nightsDoNotOverlapAndBadInputIsNotTriedAgain() throws IOException {
    KubernetesResource job = StrictYaml.read(text("nightly-cronjob.yaml")).get(0);
    CronJob nightly = (CronJob) job;
    assertEquals("Forbid", nightly.getSpec().getConcurrencyPolicy());
    var rules = nightly.getSpec().getJobTemplate().getSpec().getPodFailurePolicy().getRules();
    assertEquals(List.of(2, 3, 4), rules.get(0).getOnExitCodes().getValues());
  }

  @Test
  void theImageHoldsTheJarAndPresetsAndIsNotRoot() throws IOException {
    List<String> lines = text("Dockerfile").lines().filter(l -> !l.startsWith("#")).toList();
    assertEquals("USER 185", lines.get(lines.size() - 1));
    String jar = lines.stream().filter(l -> l.startsWith("ARG JAR=")).findFirst().orElseThrow();
    Set<String> copied =
        lines.stream()
            .filter(l -> l.startsWith("COPY "))
            .map(l -> l.split(" ", -1)[1].replace("${JAR}", jar.substring("ARG JAR=".length())))
            .collect(Collectors.toCollection(TreeSet::new));
    copied.add("spark-jobs/target/spark-ddpm-0.1.0-spark4.?.jar"); // of builds for Spark 4
    Set<String> allowed =
        text("Dockerfile.dockerignore")
            .lines()
            .filter(l -> l.startsWith("!"))
            .map(l -> l.substring(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(copied, allowed);
  }
}

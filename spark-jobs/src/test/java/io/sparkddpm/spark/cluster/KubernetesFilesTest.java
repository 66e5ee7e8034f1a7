package io.sparkddpm.spark.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The manifests that users apply. */
class KubernetesFilesTest {
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
    assertEquals("not in Kubernetes' schema: Pod.Spec.SecurityContext.runAsNonroot", message);
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
    List<String> copied = lines.stream().filter(l -> l.startsWith("COPY ")).toList();
    List<String> allowed =
        text("Dockerfile.dockerignore")
            .lines()
            .filter(l -> l.startsWith("!"))
            .map(l -> l.substring(1))
            .toList();
    assertEquals(
        copied.stream().map(l -> l.split(" ", -1)[1]).sorted().toList(),
        allowed.stream().sorted().toList());
  }
}

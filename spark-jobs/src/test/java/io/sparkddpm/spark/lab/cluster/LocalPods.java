package io.sparkddpm.spark.lab.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import okhttp3.mockwebserver.MockWebServer;

/**
 * An API server of Kubernetes whose pods run as processes of this machine: the command and the
 * environment of the pod's container, with the directories that its volumes are mounted at, and the
 * image's files, in a directory of the pod's own. Names of services are 127.0.0.1. Thread-safe.
 */
public final class LocalPods implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final Set<String> ENDS = Set.of("Succeeded", "Failed");
  private static final String API_SERVER = "https://kubernetes.default.svc";
  private static final String IMAGE_JAR = "/opt/ddpm/spark-ddpm.jar";

  private final Path dir;
  private final SparkHome spark;
  private final KubernetesMockServer server;
  private final KubernetesClient client;
  private final Watch watch;
  private final Map<String, Process> processes = new ConcurrentHashMap<>();
  private final List<Pod> started = new CopyOnWriteArrayList<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();

  /**
   * Starts the server.
   *
   * @param dir an existing directory for what the pods see and say
   */
  public LocalPods(Path dir, SparkHome spark) {
    this.dir = dir;
    this.spark = spark;
    this.server =
        new KubernetesMockServer(
            new Context(),
            new MockWebServer(),
            new HashMap<>(),
            new ApplyingDispatcher(asked::add),
            false);
    server.init();
    this.client = server.createClient();
    this.watch = client.pods().inAnyNamespace().watch(new PodWatcher());
  }

  /** Such as {@code http://127.0.0.1:4711}. */
  public String url() {
    return "http://" + HOST + ":" + server.getPort();
  }

  /** A client of it. */
  public KubernetesClient client() {
    return client;
  }

  /** All pods that ran, as they were asked for. */
  public List<Pod> started() {
    return started;
  }

  /** The JSON of all resources that were to be made, as it was sent. */
  public List<String> asked() {
    return asked;
  }

  /** What a pod has printed. */
  public String log(Pod pod) {
    try {
      return Files.readString(logFile(pod), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until a pod has ended; its phase, {@code Succeeded} or {@code Failed}. */
  public String ended(Pod pod) {
    return client
        .pods()
        .resource(pod)
        .waitUntilCondition(
            p -> p != null && p.getStatus() != null && ENDS.contains(p.getStatus().getPhase()),
            10,
            TimeUnit.MINUTES)
        .getStatus()
        .getPhase();
  }

  private Path logFile(Pod pod) {
    return dir.resolve(pod.getMetadata().getName() + ".log");
  }

  private final class PodWatcher implements Watcher<Pod> {
    @Override
    public void eventReceived(Action action, Pod pod) {
      String name = pod.getMetadata().getName();
      if (action == Action.ADDED) {
        Thread thread = new Thread(() -> run(pod), name);
        thread.setDaemon(true);
        thread.start();
      } else if (action == Action.DELETED) {
        Process process = processes.remove(name);
        if (process != null) {
          process.destroyForcibly();
        }
      }
    }

    @Override
    public void onClose(WatcherException cause) {
      // Only at the end.
    }
  }

  private void run(Pod pod) {
    started.add(pod);
    try {
      Path root = Files.createDirectories(dir.resolve(pod.getMetadata().getName()));
      Container container = pod.getSpec().getContainers().get(0);
      pod.getSpec().getVolumes().forEach(v -> awaitConfigMap(pod, v));
      Map<String, String> places = places(pod, container, root);
      UnaryOperator<String> inside = text -> replaced(text, places);
      mount(pod, container, places, inside);
      ProcessBuilder builder = new ProcessBuilder();
      Map<String, String> environment = environment(pod, container, inside);
      builder.environment().putAll(environment);
      builder.command(command(container, environment, inside));
      builder.directory(root.toFile());
      builder.redirectErrorStream(true).redirectOutput(logFile(pod).toFile());
      Process process = builder.start();
      processes.put(pod.getMetadata().getName(), process);
      tell(pod, "Running", -1);
      int code = process.waitFor();
      tell(pod, code == 0 ? "Succeeded" : "Failed", code);
    } catch (IOException | RuntimeException e) {
      say(pod, e);
      tell(pod, "Failed", 128);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Spark makes a driver's configuration after its pod, which waits for it. */
  private void awaitConfigMap(Pod pod, Volume volume) {
    if (volume.getConfigMap() != null) {
      client
          .configMaps()
          .inNamespace(pod.getMetadata().getNamespace())
          .withName(volume.getConfigMap().getName())
          .waitUntilCondition(Objects::nonNull, 10, TimeUnit.MINUTES);
    }
  }

  private void say(Pod pod, Exception e) {
    try {
      Files.writeString(logFile(pod), e + " " + List.of(e.getStackTrace()), StandardCharsets.UTF_8);
    } catch (IOException second) {
      throw new UncheckedIOException(second);
    }
  }

  /** Where this machine has what the container sees. */
  private Map<String, String> places(Pod pod, Container container, Path root) {
    Map<String, String> places = new LinkedHashMap<>();
    places.put(IMAGE_JAR, SparkHome.jar().toString());
    places.put("/opt/spark/bin", spark.dir().resolve("bin").toString());
    places.put(API_SERVER, url());
    for (VolumeMount mount : container.getVolumeMounts()) {
      places.put(mount.getMountPath(), root + mount.getMountPath());
    }
    places.put("/opt/ddpm/conf/", SparkHome.root().resolve("conf") + "/");
    String namespace = pod.getMetadata().getNamespace();
    client
        .services()
        .inNamespace(namespace)
        .list()
        .getItems()
        .forEach(s -> places.put(s.getMetadata().getName() + "." + namespace + ".svc", HOST));
    return places;
  }

  private static String replaced(String text, Map<String, String> places) {
    String replaced = text;
    for (Map.Entry<String, String> place : places.entrySet()) {
      replaced = replaced.replace(place.getKey(), place.getValue());
    }
    return replaced;
  }

  private void mount(
      Pod pod, Container container, Map<String, String> places, UnaryOperator<String> inside)
      throws IOException {
    for (VolumeMount mount : container.getVolumeMounts()) {
      Path at = Files.createDirectories(Path.of(places.get(mount.getMountPath())));
      Volume volume =
          pod.getSpec().getVolumes().stream()
              .filter(v -> v.getName().equals(mount.getName()))
              .findFirst()
              .orElseThrow();
      if (volume.getConfigMap() != null) {
        ConfigMap map =
            client
                .configMaps()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(volume.getConfigMap().getName())
                .get();
        Map<String, String> names = new HashMap<>();
        volume.getConfigMap().getItems().forEach(i -> names.put(i.getKey(), i.getPath()));
        for (Map.Entry<String, String> file : map.getData().entrySet()) {
          Files.writeString(
              at.resolve(names.getOrDefault(file.getKey(), file.getKey())),
              file.getKey().endsWith(".properties")
                  ? inside.apply(file.getValue())
                  : file.getValue(),
              StandardCharsets.UTF_8);
        }
      }
    }
  }

  private Map<String, String> environment(
      Pod pod, Container container, UnaryOperator<String> inside) {
    Map<String, String> environment = new HashMap<>();
    for (EnvVar variable : container.getEnv()) {
      String value = variable.getValue();
      if (variable.getValueFrom() != null && variable.getValueFrom().getFieldRef() != null) {
        value = field(pod, variable.getValueFrom().getFieldRef().getFieldPath());
      }
      environment.put(variable.getName(), value == null ? "" : inside.apply(value));
    }
    environment.put("SPARK_HOME", spark.dir().toString());
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("SPARK_LOCAL_IP", HOST);
    return environment;
  }

  private static String field(Pod pod, String path) {
    return switch (path) {
      case "status.podIP" -> HOST;
      case "metadata.name" -> pod.getMetadata().getName();
      case "metadata.namespace" -> pod.getMetadata().getNamespace();
      default -> throw new IllegalArgumentException("no such field here: " + path);
    };
  }

  /**
   * The container's own command, or what the entry point of Spark's image makes of its arguments.
   */
  private List<String> command(
      Container container, Map<String, String> environment, UnaryOperator<String> inside) {
    List<String> arguments = container.getArgs().stream().map(inside).toList();
    List<String> command = new ArrayList<>();
    if (!container.getCommand().isEmpty()) {
      container.getCommand().stream().map(inside).forEach(command::add);
      arguments.stream().map(a -> expanded(a, environment)).forEach(command::add);
      return command;
    }
    if (arguments.get(0).equals("driver")) {
      command.add(spark.dir().resolve("bin/spark-submit").toString());
      command.add("--conf");
      command.add("spark.driver.bindAddress=" + environment.get("SPARK_DRIVER_BIND_ADDRESS"));
      command.addAll(List.of("--deploy-mode", "client"));
      command.addAll(arguments.subList(1, arguments.size()));
      return command;
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (int i = 0; environment.containsKey("SPARK_JAVA_OPT_" + i); i++) {
      command.add(environment.get("SPARK_JAVA_OPT_" + i));
    }
    command.add("-Xms" + environment.get("SPARK_EXECUTOR_MEMORY"));
    command.add("-Xmx" + environment.get("SPARK_EXECUTOR_MEMORY"));
    command.addAll(List.of("-cp", spark.dir().resolve("jars") + "/*"));
    command.add("org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend");
    Map<String, String> options = new LinkedHashMap<>();
    options.put("--driver-url", "SPARK_DRIVER_URL");
    options.put("--executor-id", "SPARK_EXECUTOR_ID");
    options.put("--cores", "SPARK_EXECUTOR_CORES");
    options.put("--app-id", "SPARK_APPLICATION_ID");
    options.put("--hostname", "SPARK_EXECUTOR_POD_IP");
    options.put("--resourceProfileId", "SPARK_RESOURCE_PROFILE_ID");
    options.put("--podName", "SPARK_EXECUTOR_POD_NAME");
    options.forEach((option, name) -> command.addAll(List.of(option, environment.get(name))));
    return command;
  }

  /** As Kubernetes does it: {@code $(NAME)} is the value of a variable. */
  private static String expanded(String argument, Map<String, String> environment) {
    String expanded = argument;
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      expanded = expanded.replace("$(" + variable.getKey() + ")", variable.getValue());
    }
    return expanded;
  }

  private void tell(Pod pod, String phase, int exitCode) {
    ContainerStatusBuilder container =
        new ContainerStatusBuilder()
            .withName(pod.getSpec().getContainers().get(0).getName())
            .withImage(pod.getSpec().getContainers().get(0).getImage());
    if (exitCode < 0) {
      container.withNewState().withNewRunning().endRunning().endState();
    } else {
      container
          .withNewState()
          .withNewTerminated()
          .withExitCode(exitCode)
          .withReason(exitCode == 0 ? "Completed" : "Error")
          .endTerminated()
          .endState();
    }
    try {
      client
          .pods()
          .inNamespace(pod.getMetadata().getNamespace())
          .withName(pod.getMetadata().getName())
          .edit(
              now ->
                  new PodBuilder(now)
                      .withStatus(
                          new PodStatusBuilder()
                              .withPhase(phase)
                              .withPodIP(HOST)
                              .withContainerStatuses(container.build())
                              .build())
                      .build());
    } catch (KubernetesClientException | NullPointerException e) {
      return; // deleted in the meantime
    }
  }

  @Override
  public void close() {
    watch.close();
    processes.values().forEach(Process::destroyForcibly);
    client.close();
    server.destroy();
  }
}

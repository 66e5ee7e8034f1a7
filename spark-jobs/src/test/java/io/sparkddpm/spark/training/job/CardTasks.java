package io.sparkddpm.spark.training.job;

import io.sparkddpm.spark.session.TaskResources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.TaskResourceRequest;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerResourceProfileAdded;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;

/** Which tasks get graphics cards, and how many of them run at the same time. */
final class CardTasks {
  /** Of the process that tasks run in. */
  private static final CyclicBarrier PAIR = new CyclicBarrier(2);

  private static final AtomicInteger RUNNING = new AtomicInteger();

  private CardTasks() {}

  /** Has workers of a cluster that is not started yet offer a card that they do not have. */
  static void pretendCard(Path cluster) throws IOException {
    Path script = cluster.resolve("one-card");
    Files.writeString(script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"7\"]}'\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    Path defaults = Files.createDirectories(cluster.resolve("spark-home/conf"));
    Files.writeString(
        defaults.resolve("spark-defaults.conf"),
        "spark.worker.resource.gpu.amount 1\n"
            + "spark.worker.resource.gpu.discoveryScript "
            + script
            + "\n");
  }

  /** A task that ends when another one runs beside it. @return its cards */
  static List<String> together() throws Exception {
    PAIR.await(2, TimeUnit.MINUTES); // what never comes is a failure
    return cards();
  }

  /** A task that must be alone. @return its cards */
  static List<String> alone() {
    try {
      if (RUNNING.incrementAndGet() > 1) {
        throw new IllegalStateException("two tasks at once");
      }
      return cards();
    } finally {
      RUNNING.decrementAndGet();
    }
  }

  private static List<String> cards() {
    ResourceInformation cards = TaskContext.get().resourcesJMap().get(TaskResources.CARD);
    return cards == null ? List.of() : List.of(cards.addresses());
  }

  /** Cards that the tasks of stages ask for, by the stages' names. */
  static final class Asked extends SparkListener {
    private final Map<Integer, Double> cards = new HashMap<>();
    private final SortedMap<String, Double> asked = new TreeMap<>();

    SortedMap<String, Double> asked() {
      return asked;
    }

    @Override
    public void onResourceProfileAdded(SparkListenerResourceProfileAdded added) {
      ResourceProfile profile = added.resourceProfile();
      TaskResourceRequest card = profile.taskResourcesJMap().get(TaskResources.CARD);
      cards.put(profile.id(), card == null ? 0 : card.amount());
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
      String name = submitted.stageInfo().name().replaceAll(":\\d+$", "");
      asked.put(name, cards.getOrDefault(submitted.stageInfo().resourceProfileId(), 0.0));
    }
  }
}

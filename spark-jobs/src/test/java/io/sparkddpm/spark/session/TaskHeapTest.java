package io.sparkddpm.spark.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class TaskHeapTest {
  private static int tasks(String master, String... settings) {
    SparkConf conf = new SparkConf(false).set("spark.master", master);
    for (int i = 0; i < settings.length; i += 2) {
      conf.set(settings[i], settings[i + 1]);
    }
    return TaskHeap.tasksAtOnce(conf);
  }

  @Test
  void tasksShareTheirProcess() {
    int cores = Runtime.getRuntime().availableProcessors();
    assertEquals(1, tasks("local"));
    assertEquals(4, tasks("local[4]"));
    assertEquals(4, tasks("local[4,3]"));
    assertEquals(cores, tasks("local[*]"));
    assertEquals(2, tasks("local[4]", "spark.task.cpus", "2"));
    assertEquals(3, tasks("yarn", "spark.executor.cores", "6", "spark.task.cpus", "2"));
    assertEquals(2, tasks("local-cluster[3,2,1024]", "spark.executor.cores", "2"));
  }

  @Test
  void theShareIsThreeQuartersOfWhatTheProgramLeaves() {
    assertEquals((1024 - 300) / 4 * 3 / 2, TaskHeap.share(1L << 30, 2) >> 20);
    assertEquals(64, TaskHeap.share(256L << 20, 1) >> 20);
  }
}

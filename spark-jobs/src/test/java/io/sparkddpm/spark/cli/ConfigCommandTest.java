package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.spark.lab.cluster.SparkHome;
import io.sparkddpm.spark.pipeline.DdpmConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code config}, and the notices about former names. */
class ConfigCommandTest {
  private static final String PRESET = "--config=" + SparkHome.root() + "/conf/quick.conf";

  @Test
  void theResolvedConfigurationSaysWhereKeysCameFrom() {
    Said said = Said.run(List.of("config", PRESET, "--set=training.steps=7"));
    assertEquals(Cli.OK, said.code(), said.text());
    assertTrue(said.text().contains("training.steps = 7  # --set training.steps\n"), said.text());
    assertTrue(said.text().contains("conf/quick.conf: "), said.text());
    assertTrue(said.text().contains("\nfid.layer = 2048\n"), "at its default: " + said.text());
    assertEquals(
        ConfigBinder.bind(DdpmConfig.DEFAULTS, ConfigLayer.text("printed", said.text())),
        ConfigBinder.bind(
            DdpmConfig.DEFAULTS,
            ConfigLayer.assignments("--set", List.of("training.steps=7"))
                .over(ConfigLayer.file(SparkHome.root().resolve("conf/quick.conf")))));
  }

  @Test
  void keysAreExplained() {
    Said said = Said.run(List.of("config", "training.workers", "torch.device"));
    assertEquals(
        """
training.workers = 1
    logical workers, whatever the number of executors; they share each batch
    a whole number, from 1 to 65536; default 1
    read by train, train-classifier, distil, import, ablate, pipeline, demo, plan, bench-rounds
engine.device, with engine.type = torch
    where it computes
    one of cpu, cuda; default cpu
    formerly torch.device
""",
        said.text().substring(0, said.text().lastIndexOf("    read by")));
    assertTrue(Said.run(List.of("config", "model")).text().contains("model.channels = 128\n"));
    Said.refused(
        "unknown key model.chanels; did you mean model.channels?",
        List.of("config", "model.chanels"));
  }

  @Test
  void aFormerNameIsAcceptedWithANotice() {
    List<String> train = List.of("train", "--dataset=d", "--run=r", "--dry-run");
    Said said =
        Said.run(
            List.of(
                "train",
                "--dataset=d",
                "--run=r",
                "--dry-run",
                "--set=upkeep.executors=3",
                "--set=engine=dl4j"));
    assertEquals(Cli.OK, said.code(), said.text());
    assertTrue(said.text().contains("maintenance.executors = 3\n"), said.text());
    assertTrue(
        said.text()
            .contains(
                "ddpm: upkeep.executors (--set upkeep.executors) is called maintenance.executors"
                    + " now\n"),
        said.text());
    assertTrue(
        said.text().contains("engine.type = dl4j (--set engine) is called nd4j now"), said.text());
    assertFalse(Said.run(train).text().contains("is called"));
    Said refused =
        Said.run(
            List.of("shard", "--input=i", "--output=o", "--dry-run", "--set=upkeep.executors=3"));
    assertEquals(Cli.BAD_INPUT, refused.code());
    assertTrue(
        refused.text().contains("--set maintenance.executors: 'shard' does not read that key"),
        refused.text());
  }
}

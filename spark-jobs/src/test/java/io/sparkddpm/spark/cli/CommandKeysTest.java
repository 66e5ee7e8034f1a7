package io.sparkddpm.spark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.spark.lab.cluster.SparkHome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandKeysTest {
  @Test
  void aKeyThatTheCommandDoesNotReadIsRefused() {
    List<String> sample = List.of("sample", "--run=r", "--count=4", "--output=o", "--dry-run");
    for (String key :
        List.of("schedule.steps=500", "diffusion.prediction=v", "model.channels=64", "seed=3")) {
      List<String> arguments = new ArrayList<>(sample);
      arguments.add("--set=" + key);
      String name = key.substring(0, key.indexOf('='));
      Said.refused(
          "--set " + name + ": 'sample' does not read that key; it is read by train", arguments);
    }
    Said.refused(
        "'shard' does not read that key; it is read by train, import, sample, interpolate,"
            + " coarse-to-fine, encode, sweep, ablate, pipeline, demo",
        List.of("shard", "--input=i", "--output=o", "--dry-run", "--set=sample.steps=5"));
    Said.refused(
        "'fid' does not read that key",
        List.of("fid", "--samples=s", "--reference=r", "--dry-run", "--set=sample.seed=1"));
  }

  /** Where a key's meaning depends on another. */
  @Test
  void levelsOfAGridAreRefusedWhereStepsAreAdaptive() {
    List<String> encode =
        List.of("encode", "--run=r", "--images=i", "--count=1", "--output=o", "--dry-run");
    for (String set : List.of("--steps=9", "--set=sample.steps=9", "--set=sample.spacing=karras")) {
      List<String> fixed = new ArrayList<>(encode);
      fixed.add(set);
      assertEquals(Cli.OK, Said.run(fixed).code());
      fixed.add("--set=encode.method=adaptive");
      Said.refused("is for encode.method = fixed; adaptive steps follow from", fixed);
    }
    List<String> preset = new ArrayList<>(encode);
    preset.add("--config=" + SparkHome.root() + "/conf/cifar10.conf");
    preset.add("--set=encode.method=adaptive");
    assertEquals(Cli.OK, Said.run(preset).code());
  }

  @Test
  void whatDecidesSamplesAloneIsRead() {
    Said said =
        Said.run(
            List.of(
                "sample",
                "--run=r",
                "--count=4",
                "--output=o",
                "--dry-run",
                "--noise-scale=0.5",
                "--set=diffusion.variance=beta-tilde",
                "--set=diffusion.clip-x0=false"));
    assertEquals(Cli.OK, said.code(), said.text());
    assertTrue(said.text().contains("diffusion.variance = beta-tilde\n"), said.text());
    assertTrue(said.text().contains("sample.solver.noise-scale = 0.5\n"), said.text());
  }

  @Test
  void aFileServesSeveralCommands() {
    String preset = "--config=" + SparkHome.root() + "/conf/quick.conf";
    for (List<String> command :
        List.of(
            List.of("shard", "--input=i", "--output=o", "--dry-run", preset),
            List.of("sample", "--run=r", "--count=4", "--output=o", "--dry-run", preset),
            List.of("fid", "--samples=s", "--reference=r", "--dry-run", preset))) {
      assertEquals(Cli.OK, Said.run(command).code());
    }
  }
}

package io.sparkddpm.spark.cli;

import java.util.List;
import java.util.stream.Stream;

/** Settings of networks and runs so small that a command takes seconds. */
final class Tiny {
  /** A network of two levels of 32 channels. */
  static final List<String> NETWORK =
      List.of(
          "--set=model.channels=32",
          "--set=model.multipliers=[1,1]",
          "--set=model.blocks=1",
          "--set=model.attention=[]");

  /** A pipeline of four steps in two rounds on two workers, eight samples and their distance. */
  private static final List<String> PIPELINE =
      Stream.concat(
              NETWORK.stream(),
              Stream.of(
                  "--set=seed=3",
                  "--set=shard.image-size=16",
                  "--set=shard.records-per-shard=20",
                  "--set=model.image-size=16",
                  "--set=training.batch-size=4",
                  "--set=training.workers=2",
                  "--set=training.averaging=parameters",
                  "--set=training.averaging.period.steps=2",
                  "--set=training.steps=4",
                  "--set=training.checkpoint-every=2",
                  "--set=training.sample-every=0",
                  "--set=training.ema.rates=[0.9]",
                  "--set=training.metrics-every=2",
                  "--set=sample.weights=ema-0.9",
                  "--set=sample.solver=ddim",
                  "--set=sample.steps=2",
                  "--set=pipeline.sample-count=8",
                  "--set=fid.force=true"))
          .toList();

  private Tiny() {}

  /** Those settings of {@link #PIPELINE} that a command reads. */
  static List<String> of(String command) {
    return PIPELINE.stream().filter(s -> CommandKeys.reads(command, key(s))).toList();
  }

  private static String key(String setting) {
    return setting.substring("--set=".length(), setting.indexOf('=', "--set=".length()));
  }
}

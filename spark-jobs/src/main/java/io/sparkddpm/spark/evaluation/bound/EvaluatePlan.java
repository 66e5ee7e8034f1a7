package io.sparkddpm.spark.evaluation.bound;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.config.Key;
import io.sparkddpm.diffusion.BoundEvaluator;
import io.sparkddpm.diffusion.DecoderType;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.diffusion.TimestepRanges;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.network.Network;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.spark.evaluation.EvaluateConfig;
import io.sparkddpm.tensor.Shape;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * All that decides the numbers of an evaluation.
 *
 * @param checkpoint fingerprint of what the weights come from
 * @param weights their name
 * @param network that is evaluated
 * @param schedule that it was trained with
 * @param diffusion how its output is read
 * @param decoder for the values of the data
 * @param evaluate what is measured
 * @param windowShards of the datasets, whose images are mixed in the order
 * @param datasets their fingerprints
 * @param images of each that are measured
 * @param engine what computes
 */
record EvaluatePlan(
    String checkpoint,
    String weights,
    @Key(value = "the network", absent = "unet") NetworkConfig network,
    ScheduleConfig schedule,
    DiffusionConfig diffusion,
    @Key(value = "what its last step gives", absent = "discretized") DecoderType decoder,
    EvaluateConfig evaluate,
    int windowShards,
    List<String> datasets,
    List<Long> images,
    String engine)
    implements Serializable {
  /** So many parts are enough to keep a cluster busy; larger sets get larger parts. */
  private static final int ENOUGH_PARTS = 256;

  /** Batches of a part at least, so that filling up the last one costs little. */
  private static final int FEWEST_BATCHES = 4;

  EvaluatePlan {
    diffusion.checkReads(network);
    checkArgument(
        evaluate.timesteps() <= schedule.steps(),
        "evaluate.timesteps must be at most the schedule's %s, got %s",
        schedule.steps(),
        evaluate.timesteps());
    datasets = new ArrayList<>(datasets); // serialised by Java
    images = new ArrayList<>(images);
  }

  /**
   * Images that are measured, kept and checked as one.
   *
   * @param number from 0
   * @param set index of the dataset
   * @param from position of the first image in the dataset's order
   * @param to after the last one
   */
  record Part(int number, int set, long from, long to) implements Serializable {
    int size() {
      return Math.toIntExact(to - from);
    }
  }

  /** All parts, by dataset, in the order of the images; the same on every cluster. */
  List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    int fewest = (FEWEST_BATCHES * evaluate.batchSize() - 1) / ranges().count() + 1;
    for (int set = 0; set < images.size(); set++) {
      long count = images.get(set);
      long size = Math.max(fewest, (count - 1) / ENOUGH_PARTS + 1);
      for (long from = 0; from < count; from += size) {
        parts.add(new Part(parts.size(), set, from, Math.min(count, from + size)));
      }
    }
    return parts;
  }

  /** The timesteps, as they are measured. */
  TimestepRanges ranges() {
    int count = evaluate.timesteps();
    return new TimestepRanges(schedule.steps(), count == 0 ? schedule.steps() : count);
  }

  private GaussianDiffusion process() {
    return new GaussianDiffusion(NoiseSchedule.of(schedule), diffusion);
  }

  /**
   * What measures the bound of a model of the network.
   *
   * @param count items of a batch
   * @param data shape of an item of the data
   */
  BoundEvaluator bound(Network model, int count, Shape data) {
    GaussianDiffusion process = process();
    Denoiser denoiser =
        diffusion.denoiser(model, process.process(), DiffusionConfig.givesVariance(network));
    return BoundEvaluator.of(process, decoder, denoiser, count, data, evaluate.seed());
  }

  /** The configuration as manifests keep it. */
  SortedMap<String, String> toMap() {
    SortedMap<String, String> map = ConfigText.recorded(this);
    map.remove("engine", Nd4jEngine.NAME);
    return map;
  }

  /** Equal for plans that give equal numbers. */
  String fingerprint() {
    return Sha256.of(ConfigText.render(toMap()).getBytes(StandardCharsets.UTF_8));
  }
}

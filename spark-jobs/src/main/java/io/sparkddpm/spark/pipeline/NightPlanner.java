package io.sparkddpm.spark.pipeline;

import io.sparkddpm.config.ConfigText;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/** Decides what a night is made of: from the inputs, and from what the nights before it left. */
final class NightPlanner {
  /** Of a night that only its hours end. */
  private static final long ENDLESS = 1_000_000_000L;

  private final Configuration conf;
  private final NightFiles files;
  private final List<NightRecord> earlier;
  private final NewImages images;
  private final Runnable stillOurs;

  /**
   * @param earlier nights that are done
   * @param images finds what is new
   * @param stillOurs throws if another process has taken the pipeline over
   */
  NightPlanner(
      Configuration conf,
      NightFiles files,
      List<NightRecord> earlier,
      NewImages images,
      Runnable stillOurs) {
    this.conf = conf;
    this.files = files;
    this.earlier = earlier;
    this.images = images;
    this.stillOurs = stillOurs;
  }

  /**
   * Plans a night that begins, and writes the plan down.
   *
   * @throws UserException if the dataset is not what the last night left, or an input is bad
   */
  NightPlan begin(String name, DdpmConfig config, List<URI> inputs, Optional<URI> inception) {
    NightRecord last = last();
    long firstStep = last == null ? 0 : last.step();
    int number = last == null ? 1 : last.number() + 1;
    NightPlan start =
        bare(name, number, Instant.now(), firstStep, inputs, inception, ConfigText.flatten(config));
    return write(start, config, refuseLostParts(), images.find(inputs, files.inputList(name)));
  }

  /**
   * Plans a night again of whose plan nothing can be done, for its new files are gone: of what
   * there is now.
   */
  NightPlan again(NightPlan plan, DdpmConfig config) {
    return write(
        plan, config, refuseLostParts(), images.find(plan.inputs(), files.inputList(plan.night())));
  }

  /**
   * Completes the plan of an earlier version, which says where a night began and no more, by what
   * the night has done already.
   */
  NightPlan complete(
      NightPlan begun, DdpmConfig config, List<URI> inputs, Optional<URI> inception) {
    NightPlan start =
        bare(
            begun.night(),
            begun.number(),
            begun.begun(),
            begun.firstStep(),
            inputs,
            inception,
            new TreeMap<>());
    List<String> all = images.dataset().parts();
    Optional<Checkpoint> trained = trained(begun);
    if (trained.isPresent()) {
      if (files.exists(files.place("samples/" + begun.night()))) { // training had ended
        files.write(
            begun.night(), new TrainedNight(trained.get().step(), trained.get().weightsSha256()));
      }
      List<String> trainedOn = trainedOn(trained.get(), all);
      return write(start, config, trainedOn.isEmpty() ? all : trainedOn, Optional.empty());
    }
    List<String> before = refuseLostParts();
    return all.size() > partsOfLast(all)
        ? write(start, config, all, Optional.empty())
        : write(start, config, before, images.find(inputs, files.inputList(begun.night())));
  }

  /** What a night has trained so far; empty if it has not written a checkpoint. */
  private Optional<Checkpoint> trained(NightPlan begun) {
    List<Checkpoint> checkpoints = Checkpoints.list(conf, files.place("run"));
    return checkpoints.stream()
        .skip(Math.max(0, checkpoints.size() - 1))
        .filter(c -> c.step() > begun.firstStep())
        .findFirst();
  }

  private List<String> trainedOn(Checkpoint checkpoint, List<String> all) {
    String fingerprint = checkpoint.dataset().orElseThrow().fingerprint();
    for (int n = all.size(); n > 0; n--) {
      if (images.dataset().fingerprint(all.subList(0, n)).equals(fingerprint)) {
        return all.subList(0, n);
      }
    }
    return List.of();
  }

  private NightRecord last() {
    return earlier.isEmpty() ? null : earlier.get(earlier.size() - 1);
  }

  /** Whole parts, those of the last night among them. */
  private List<String> refuseLostParts() {
    List<String> parts = images.dataset().parts();
    partsOfLast(parts);
    return parts;
  }

  /** How many of the parts the last night had. */
  private int partsOfLast(List<String> parts) {
    long images = last() == null ? 0 : last().images();
    int n = 0;
    while (this.images.dataset().images(parts.subList(0, n)) < images && n < parts.size()) {
      n++;
    }
    if (this.images.dataset().images(parts.subList(0, n)) != images) {
      throw new UserException(
          "%s is not what night %s left: it had %d images, the parts that are there and whole have"
              + " %d; put the missing part back",
          this.images.dataset().dir(), last().night(), images, this.images.dataset().images(parts));
    }
    return n;
  }

  private static NightPlan bare(
      String name,
      int number,
      Instant begun,
      long firstStep,
      List<URI> inputs,
      Optional<URI> inception,
      SortedMap<String, String> settings) {
    return new NightPlan(
        name,
        number,
        begun,
        firstStep,
        firstStep,
        0,
        List.of(),
        Optional.empty(),
        inputs,
        inception,
        settings,
        List.of());
  }

  private NightPlan write(
      NightPlan start,
      DdpmConfig config,
      List<String> before,
      Optional<NightPlan.Addition> addition) {
    List<String> parts = new ArrayList<>(before);
    addition.ifPresent(a -> parts.add(a.part()));
    if (parts.isEmpty()) {
      throw new UserException("%s hold no image", start.inputs());
    }
    long budget = config.nightly().steps() > 0 ? config.nightly().steps() : ENDLESS;
    long last = start.firstStep() + budget - 1; // its round is taken whole
    NightPlan plan =
        new NightPlan(
            start.night(),
            start.number(),
            start.begun(),
            start.firstStep(),
            config.training().averaging().round(last).end(),
            config.nightly().hours(),
            List.copyOf(parts),
            addition,
            start.inputs(),
            start.inception(),
            start.settings(),
            images.warnings());
    stillOurs.run();
    files.write(plan);
    return plan;
  }
}

package io.sparkddpm.spark.lab.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.error.UserException;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;

/**
 * {@code pipeline} by nights, while images keep coming: also between the attempts of a night. A
 * night ends after so many steps or so much time. What it took in and how far it trained is decided
 * by the attempts, so the undisturbed nights are made afterwards, with the same files and steps.
 */
final class NightlyScenario implements Scenario {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int NIGHTS = 2;
  private static final String INCOMING = "incoming";
  private static final String OUTPUT = "nightly";

  /** Images of the files that come: every set of files has another sum. */
  private static final List<Integer> IMAGES = List.of(24, 5, 11);

  private final SoakEnvironment environment;
  private final List<Integer> filesByNight;
  private final List<String> budgets;

  /**
   * @param filesByNight how many files are there when a night begins
   * @param budgets of the nights, as settings
   */
  private NightlyScenario(
      SoakEnvironment environment, List<Integer> filesByNight, List<String> budgets) {
    this.environment = environment;
    this.filesByNight = filesByNight;
    this.budgets = budgets;
  }

  static NightlyScenario draw(SoakEnvironment environment, RandomStream random) {
    String budget = random.nextInt(2) == 0 ? "nightly.steps=2" : "nightly.hours=0.002";
    return new NightlyScenario(environment, List.of(1, 2), List.of(budget, budget));
  }

  @Override
  public String name() {
    return String.format(
        Locale.ROOT,
        "nightly-%d-files-%s-%d-files-%s",
        filesByNight.get(0),
        budgets.get(0),
        filesByNight.get(1),
        budgets.get(1));
  }

  @Override
  public List<List<String>> commands(SoakDirectory directory, int threads) {
    List<List<String>> commands = new ArrayList<>();
    for (int night = 0; night < NIGHTS; night++) {
      List<String> command =
          new ArrayList<>(
              List.of(
                  "pipeline",
                  "--input=" + directory.uri(INCOMING),
                  "--output=" + directory.uri(OUTPUT),
                  "--night=" + name(night),
                  "--set=" + budgets.get(night),
                  "--set=nightly.margin=1000000",
                  "--set=shard.image-size=16",
                  "--set=shard.records-per-shard=10",
                  "--set=training.batch-size=2",
                  "--set=training.workers=2",
                  "--set=training.averaging=gradients",
                  "--set=training.checkpoint-every=1",
                  "--set=sample.weights=ema-0.9",
                  "--set=sample.solver=ddim",
                  "--set=sample.batch-size=4",
                  "--set=sample.steps=1",
                  "--set=pipeline.sample-count=8",
                  "--set=fid.force=true"));
      command.addAll(SoakEnvironment.network(16));
      commands.add(command);
    }
    return commands;
  }

  private static String name(int night) {
    return "night-" + (night + 1);
  }

  @Override
  public int changes() {
    return 60;
  }

  @Override
  public void before(Path dir, int command) {
    while (delivered(dir) < filesByNight.get(command)) {
      deliver(dir);
    }
  }

  @Override
  public void betweenAttempts(Path dir, RandomStream random) {
    if (delivered(dir) < IMAGES.size() && random.nextInt(2) == 0) {
      deliver(dir);
    }
  }

  private static Path incoming(Path dir, int number) {
    return dir.resolve(INCOMING).resolve(number + ".bin");
  }

  private static int delivered(Path dir) {
    int number = 0;
    while (Files.exists(incoming(dir, number))) {
      number++;
    }
    return number;
  }

  private void deliver(Path dir) {
    int number = delivered(dir);
    Path target = incoming(dir, number);
    Path images = environment.images(7 + number, IMAGES.get(number));
    try {
      Files.createDirectories(target.getParent());
      Path whole = Files.copy(images, dir.resolve(number + ".bin"));
      Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UserException(e, "cannot write %s: %s", target, e.getMessage());
    }
  }

  @Override
  public long whole(Path dir) {
    long nights = 0;
    for (int night = 0; night < NIGHTS; night++) {
      nights += Files.exists(record(dir, night)) ? 1 : 0;
    }
    long step =
        Checkpoints.latestWhole(Content.CONF, dir.resolve(OUTPUT).resolve("run").toUri())
            .map(Checkpoint::step)
            .orElse(-1L);
    return 1_000_000 * nights + step;
  }

  private static Path record(Path dir, int night) {
    return dir.resolve(OUTPUT).resolve("nights").resolve(name(night)).resolve("night.json");
  }

  private static JsonNode night(Path dir, int night) {
    try {
      return JSON.readTree(Files.readAllBytes(record(dir, night)));
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", record(dir, night), e.getMessage());
    }
  }

  @Override
  public boolean isMade(Path dir, int command) {
    return Files.exists(record(dir, command));
  }

  @Override
  public SortedMap<String, String> content(Path dir) {
    Path output = dir.resolve(OUTPUT);
    Content content = new Content().artifact("dataset", output.resolve("dataset"));
    content.run("run", output.resolve("run"));
    for (int night = 0; night < NIGHTS; night++) {
      String name = name(night);
      content.numbers(name, record(dir, night));
      content.numbers(name + "/fid", record(dir, night).resolveSibling("fid.json"));
      content.artifact(name + "/samples", output.resolve("samples").resolve(name));
      String checkpoint = night(dir, night).path("checkpoint").asText();
      content.artifact(name + "/checkpoint", output.resolve(checkpoint));
    }
    return content.values();
  }

  @Override
  public Scenario undisturbed(Path dir) {
    List<Integer> files = new ArrayList<>();
    List<String> steps = new ArrayList<>();
    for (int night = 0; night < NIGHTS; night++) {
      JsonNode record = night(dir, night);
      files.add(filesOf(record.path("images").asInt()));
      long taken = record.path("step").asLong() - record.path("first-step").asLong();
      steps.add("nightly.steps=" + taken);
    }
    return new NightlyScenario(environment, files, steps);
  }

  /** Files come one after the other, so a sum identifies how many. */
  private static int filesOf(int images) {
    int sum = 0;
    for (int files = 0; files < IMAGES.size(); files++) {
      sum += IMAGES.get(files);
      if (sum == images) {
        return files + 1;
      }
    }
    throw new UserException(
        "a night's dataset has %d images; files of %s came", images, IMAGES.toString());
  }
}

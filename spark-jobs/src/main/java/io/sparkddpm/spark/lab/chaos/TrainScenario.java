package io.sparkddpm.spark.lab.chaos;

import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;

/** {@code train}: a run that keeps one checkpoint. */
final class TrainScenario implements Scenario {
  private static final String RUN = "run";
  private static final int ROUNDS = 6;

  private final SoakEnvironment environment;
  private final Mode mode;

  /** How a run averages. */
  enum Mode {
    PARAMETERS(2, "training.averaging.period.steps=2"),
    GRADIENTS(1, "training.averaging=gradients"),
    NESTEROV(
        2,
        "training.averaging.period.steps=2",
        "training.averaging.outer=nesterov",
        "training.averaging.exchange=bfloat16"),
    POST_LOCAL(
        2,
        "training.averaging.period=post-local",
        "training.averaging.period.after=4",
        "training.averaging.period.steps=2",
        "training.averaging.outer=nesterov"),
    LOCAL_MOMENTS(
        2,
        "training.averaging.period.steps=2",
        "training.averaging.moments=local",
        "training.checkpoint-every=4");

    private final int frequency;
    private final List<String> settings;

    Mode(int frequency, String... settings) {
      this.frequency = frequency;
      this.settings = List.of(settings);
    }

    static Mode draw(RandomStream random) {
      return values()[random.nextInt(values().length)];
    }

    String key() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  TrainScenario(SoakEnvironment environment, Mode mode) {
    this.environment = environment;
    this.mode = mode;
  }

  @Override
  public String name() {
    return "train-" + mode.key();
  }

  @Override
  public List<List<String>> commands(SoakDirectory directory, int threads)
      throws InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "train",
                "--dataset=" + directory.uri(environment.dataset(8)),
                "--run=" + directory.uri(RUN),
                "--set=training.batch-size=2",
                "--set=training.workers=2",
                "--set=training.steps=" + ROUNDS * mode.frequency,
                "--set=training.checkpoint-every=" + mode.frequency));
    mode.settings.forEach(setting -> command.add("--set=" + setting));
    command.addAll(SoakEnvironment.network(8));
    return List.of(command);
  }

  @Override
  public int changes() {
    return 24;
  }

  @Override
  public long whole(Path dir) {
    return Checkpoints.latestWhole(Content.CONF, dir.resolve(RUN).toUri())
        .map(Checkpoint::step)
        .orElse(-1L);
  }

  @Override
  public boolean isMade(Path dir, int command) {
    return Content.isWhole(dir.resolve(RUN));
  }

  @Override
  public SortedMap<String, String> content(Path dir) {
    return new Content()
        .run(RUN, dir.resolve(RUN))
        .put("finished", Content.isWhole(dir.resolve(RUN)))
        .values();
  }
}

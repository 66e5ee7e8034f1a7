package io.sparkddpm.spark.pipeline;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.diffusion.ClassifierFreeGuidance;
import io.sparkddpm.engine.TrainingConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.objective.DistillationObjective;
import io.sparkddpm.objective.ObjectiveConfig;
import io.sparkddpm.spark.sampling.GridObserver;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.Checkpoints;
import io.sparkddpm.spark.training.job.TrainJob;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * Progressive distillation; Salimans and Ho 2022: a run's network becomes one that draws in few
 * steps, by stages that each halve the steps. A stage is a run in a directory of its own, {@code
 * steps-N}, that begins with the weights of the stage before it, its teacher. Finished stages are
 * left as they are, an interrupted one resumes. For one thread.
 */
public final class Distillation {
  private final SparkSession session;
  private final DdpmConfig config;
  private final Checkpoint teacher;
  private final URI dataset;
  private final URI output;
  private final List<Integer> stages;

  /**
   * @param config of the stages' training, over {@link #defaults}; its guidance is the first
   *     teacher's
   * @param teacher the network to begin with
   * @param output directory of the stages
   * @param stages see {@link #stages}
   */
  public Distillation(
      SparkSession session,
      DdpmConfig config,
      Checkpoint teacher,
      URI dataset,
      URI output,
      List<Integer> stages) {
    this.session = session;
    this.config = config;
    this.teacher = teacher;
    this.dataset = dataset;
    this.output = output;
    this.stages = List.copyOf(stages);
  }

  /**
   * Steps of the students, stage by stage.
   *
   * @param from steps of the first teacher
   * @param to steps of the last student, from 1; halving {@code from} must lead there
   * @throws UserException saying which numbers lead there
   */
  public static List<Integer> stages(int from, int to) {
    List<Integer> stages = new ArrayList<>();
    int steps = from;
    while (to >= 1 && steps > to && steps % 2 == 0) {
      steps /= 2;
      stages.add(steps);
    }
    if (steps != to || stages.isEmpty()) {
      throw new UserException(
          "halving %s steps does not lead to %s: take 2, 4, 8 … times as many steps as the last"
              + " student has",
          from, to);
    }
    return stages;
  }

  /**
   * The settings of a teacher's run as a layer of configuration: a student has them too, but for
   * what its stage decides.
   */
  public static ConfigLayer defaults(Checkpoint teacher) {
    SortedMap<String, String> settings = teacher.settings().toMap();
    settings
        .keySet()
        .removeIf(
            key ->
                key.equals("training.steps")
                    || key.startsWith("training.objective")
                    || key.startsWith("training.weighting"));
    return ConfigLayer.values(teacher.toString(), settings);
  }

  /** Where a stage is. */
  public static URI directory(URI output, int steps) {
    return Locations.resolve(output, "steps-" + steps);
  }

  /**
   * Trains the stages that are not finished.
   *
   * @param ended receives what came of each stage, as soon as it ends
   */
  public void run(Progress progress, Consumer<TrainJob.Result> ended) {
    check();
    Configuration conf = session.sparkContext().hadoopConfiguration();
    Checkpoint from = teacher;
    double guidance = guidance();
    for (int steps : stages) {
      TrainJob.Result result = stage(from, settings(steps, guidance), steps, progress);
      ended.accept(result);
      from = Checkpoints.resolve(conf, result.checkpoint());
      guidance = 1; // what the first student has learned, the others learn from it
    }
  }

  private double guidance() {
    if (config.sample().guidance() instanceof ClassifierFreeGuidance free) {
      return free.scale();
    }
    throw new UserException(
        "a teacher is guided by sample.guidance.type=classifier-free alone, it is %s",
        ConfigBinder.type(config.sample().guidance()));
  }

  /** Before the first stage, so that none fails hours later. */
  private void check() {
    checkArgument(!stages.isEmpty(), "there are no stages");
    TrainingConfig training = config.training();
    if (!training.objective().equals(ObjectiveConfig.DEFAULTS)
        || !training.weighting().equals(TrainingConfig.DEFAULTS.weighting())) {
      throw new UserException(
          "training.objective and training.weighting are those of distillation: leave them out");
    }
    SampleJob.requireFits(config.sample().alongStudent(2 * stages.get(0)), teacher.settings(), 1);
    for (int steps : stages) {
      SampleJob.requireFits(config.sample().alongStudent(steps), settings(steps, 1), 1);
    }
  }

  private RunSettings settings(int steps, double guidance) {
    return config.runSettings(new DistillationObjective(steps, guidance));
  }

  private TrainJob.Result stage(
      Checkpoint from, RunSettings settings, int steps, Progress progress) {
    TrainJob job =
        TrainJob.on(session)
            .directory(directory(output, steps))
            .settings(settings)
            .engine(config.engineFactory())
            .maintenance(config.maintenance())
            .dataset(dataset)
            .progress(progress)
            .teacher(
                from.weights(
                    config.sample().weights(), config.engineFactory().layout(settings.model())));
    Training.report(session, config, job);
    if (config.training().sampleEvery() > 0) {
      job.observer(
          new GridObserver(
              session, config.engineFactory(), config.sample().alongStudent(steps), from.notes()));
    }
    return job.run();
  }
}

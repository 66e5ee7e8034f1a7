package io.sparkddpm.spark.training.job;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.diffusion.DecoderType;
import io.sparkddpm.diffusion.NoiseConfig;
import io.sparkddpm.diffusion.TokenNoise;
import io.sparkddpm.engine.LearningRate;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.executor.Arithmetic;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.spark.training.checkpoint.WeightsFile;
import io.sparkddpm.tensor.Shape;
import io.sparkddpm.text.TextMedium;
import io.sparkddpm.text.Vocabulary;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;

/** What is checked before a run begins or resumes, so that it does not fail hours later. */
final class StartChecks {
  /** ᾱ of the last timestep; Ho et al. 2020 have 4e-5. */
  private static final double LARGEST_IMAGE_LEFT = 1e-3;

  private StartChecks() {}

  /**
   * Checks that a dataset's records are those that a network takes.
   *
   * @param uri of the dataset, as it was given
   * @throws UserException naming both shapes
   */
  static void requireShape(URI uri, Dataset dataset, RunSettings settings) {
    Shape input = settings.diffusion().noise().dataShape(settings.model());
    if (!dataset.layout().shape().equals(input)) {
      throw new UserException(
          "%s has records of %s, but the network takes items of %s", uri, dataset.layout(), input);
    }
  }

  /**
   * Checks that a dataset has the vocabulary of a run's noise, or none.
   *
   * @param uri of the dataset, as it was given
   * @param notes of the dataset
   * @throws UserException saying what to set
   */
  static void requireVocabulary(URI uri, DatasetNotes notes, RunSettings settings) {
    NoiseConfig noise = settings.diffusion().noise();
    int wanted = noise.tokenNoise().map(TokenNoise::tokens).orElse(0);
    int there =
        notes.medium() instanceof TextMedium text ? Vocabulary.of(text.vocabulary()).size() : 0;
    if (there == 0 && wanted > 0) {
      throw new UserException(
          "%s holds no text, which diffusion.noise=%s is for", uri, ConfigBinder.type(noise));
    }
    if (there != wanted) {
      throw new UserException(
          "%s has a vocabulary of %d characters: set diffusion.noise.tokens=%2$d and, with"
              + " diffusion.noise.type=absorbing, model.input-channels=%d and"
              + " model.output-channels=%3$d (conf/text.conf is an example)",
          uri, there, there + 1);
    }
  }

  /**
   * Checks that dl4j-spark's own averaging can train a run: its graph is the paper's, its rate
   * constant.
   *
   * @throws UserException if the network is no U-Net, has classes, several heads, separate times,
   *     or another number of groups than the paper's, or the learning rate falls
   */
  static void requireStock(RunSettings settings) {
    LearningRate rate = settings.optimizer().schedule();
    if (!(rate instanceof LearningRate.Constant)) {
      throw new UserException(
          "training.averaging=stock needs optimizer.schedule=constant, it is %s",
          ConfigBinder.type(rate));
    }
    if (!(settings.model() instanceof UNetConfig network)) {
      throw new UserException(
          "training.averaging=stock needs model.type=unet, it is %s",
          ConfigBinder.type(settings.model()));
    }
    if (network.separateTimes() > 0) {
      throw new UserException(
          "training.averaging=stock needs model.separate-times=0, it is %s",
          network.separateTimes());
    }
    int paper = UNetConfig.DEFAULTS.groups();
    if (network.classes() > 0 || network.headChannels() > 0 || network.groups() != paper) {
      throw new UserException(
          "training.averaging=stock trains networks of model.groups = %s, without model.classes"
              + " and with model.head-channels = 0, got %s, %s and %s; set these, or choose"
              + " parameters or gradients",
          paper, network.groups(), network.classes(), network.headChannels());
    }
  }

  /**
   * Checks that a dataset has the classes that a network knows.
   *
   * @param uri of the dataset, as it was given
   * @throws UserException saying what to set
   */
  static void requireClasses(URI uri, Dataset dataset, NetworkConfig network) {
    int classes = dataset.classNames().size();
    if (network.classes() > 0 && network.classes() != classes) {
      throw new UserException(
          classes == 0
              ? "%s has no classes, but model.classes = %d; set it to 0, or shard %4$s with labels"
              : "%s has %3$d classes, but model.classes = %2$d",
          uri,
          network.classes(),
          classes,
          dataset.medium().plural());
    }
  }

  /**
   * Checks that a run does not clip what is not within [-1, 1].
   *
   * @param uri of the dataset, as it was given
   * @param notes of the dataset
   * @throws UserException saying what to set
   */
  static void requireUnclipped(URI uri, DatasetNotes notes, RunSettings settings) {
    boolean latents = notes.codec().isPresent();
    if (settings.diffusion().clipX0() && (latents || !notes.medium().isBounded())) {
      throw new UserException(
          "%s holds %s, which are not within [-1, 1]: set diffusion.clip-x0=false",
          uri, latents ? "latents" : notes.medium().plural());
    }
  }

  /**
   * Checks that a new run's objective has a last step that gives what its examples are.
   *
   * @throws UserException saying what to set
   */
  static void requireDecoder(TrainRequest request) {
    DecoderType fits = request.source().decoder();
    Optional<DecoderType> chosen = request.training().objective().lastStep();
    if (chosen.isPresent() && chosen.get() != fits) {
      throw new UserException(
          "the values of %s are %s: set training.objective.decoder=%s",
          request.dataset().uri(),
          fits == DecoderType.DENSITY ? "floating-point numbers" : "of 8 bits",
          ConfigText.text(fits));
    }
  }

  /**
   * Checks that a run resumes with the configuration and dataset it began with.
   *
   * @throws UserException naming every key that differs, or both datasets
   */
  static void requireSameRun(TrainRequest request, Checkpoint checkpoint) {
    List<String> conflicts = request.settings().conflictsWith(checkpoint.settings());
    if (!conflicts.isEmpty()) {
      throw new UserException(
          "%s cannot be resumed with another configuration: %s",
          request.run(), String.join("; ", conflicts));
    }
    if (checkpoint.dataset().isEmpty()) {
      return; // it began with the weights of another program, and takes its first step now
    }
    String before = checkpoint.dataset().get().fingerprint();
    String now = request.dataset().fingerprint();
    if (!before.equals(now) && !request.earlierDatasets().contains(before)) {
      throw new UserException(
          "%s was trained on another dataset (fingerprint %s); %s has fingerprint %s",
          request.run(), before, request.dataset().uri(), now);
    }
  }

  /**
   * Checks that a run has a teacher if its objective needs one.
   *
   * @throws UserException saying which command gives one
   */
  static void requireTeacher(URI run, RunSettings settings, Optional<float[]> teacher) {
    if (settings.training().objective().hasTeacher() && teacher.isEmpty()) {
      throw new UserException(
          "training.objective=%s of %s needs a teacher: 'distil' begins and resumes such runs",
          ConfigBinder.type(settings.training().objective()), run);
    }
  }

  /**
   * Checks that a run resumes with the teacher it began with.
   *
   * @throws UserException saying that it is another
   */
  static void requireSameTeacher(TrainRequest request, Optional<String> began) {
    Optional<String> now = request.teacher().map(WeightsFile::sha256);
    if (now.isPresent() && !now.equals(began)) {
      throw new UserException(
          "%s began with the weights of another teacher: distil from the checkpoint that it was"
              + " made from, or into another directory",
          request.run());
    }
  }

  /** What is known, before the first round, of how its numbers will be computed. */
  static Arithmetic expectedArithmetic(TrainRequest request) {
    return request.isInProcess() && !request.engine().wantsCard()
        ? Arithmetic.here(request.engineKey())
        : Arithmetic.everywhere(request.engineKey());
  }

  /**
   * Checks Spark's settings and the memory of driver and executors.
   *
   * @throws UserException naming each setting and what to set it to
   */
  static void requireResources(TrainRequest request) {
    requireJavaSerializer(request.spark());
    MemoryCheck.of(request.models(), request.source().cacheBytes(), request.training())
        .check(request.spark().getConf(), request.isInProcess(), Runtime.getRuntime().maxMemory());
  }

  /**
   * Checks that the loss has a finite weight at every timestep.
   *
   * @throws UserException naming the first timestep that has none
   */
  static void requireFiniteWeights(TrainRequest request) {
    request.training().weighting().table(request.workerSetup().process());
  }

  /**
   * What is wrong with a schedule that leaves too much of the image at its last timestep: samples
   * begin with pure noise, which the network then never saw there (Lin et al. 2024).
   */
  static Optional<String> imageLeft(ScheduleConfig schedule) {
    double left = NoiseSchedule.of(schedule).alphaCumprod(schedule.steps() - 1);
    return left <= LARGEST_IMAGE_LEFT
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "schedule: √ᾱ is %.3f at the last of %d timesteps, but samples begin with noise"
                    + " alone: their overall brightness will be wrong; set schedule.rescale=true, a"
                    + " larger schedule.beta-end or schedule.type=cosine",
                Math.sqrt(left),
                schedule.steps()));
  }

  /** Kryo would write whole vectors where a block is meant. */
  private static void requireJavaSerializer(JavaSparkContext spark) {
    String java = "org.apache.spark.serializer.JavaSerializer";
    String serializer = spark.getConf().get("spark.serializer", java);
    if (!serializer.equals(java)) {
      throw new UserException(
          "training needs spark.serializer=%s (the default), it is %s", java, serializer);
    }
  }
}

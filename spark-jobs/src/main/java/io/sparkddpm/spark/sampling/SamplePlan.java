package io.sparkddpm.spark.sampling;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigText;
import io.sparkddpm.config.Key;
import io.sparkddpm.diffusion.ClassScore;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.DiscreteProcess;
import io.sparkddpm.diffusion.NoiseProcess;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ImageGrid;
import io.sparkddpm.medium.ImageMedium;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.network.Network;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.solver.Interpolation;
import io.sparkddpm.solver.Rows;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.solver.SeededBatches;
import io.sparkddpm.solver.TimeGrid;
import io.sparkddpm.spark.latent.LatentCodec;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.IntStream;

/**
 * All that decides the bytes of a set of samples.
 *
 * @param weights fingerprint of what the weights come from
 * @param network that draws them, of items [channels, height, width]
 * @param schedule that it was trained with
 * @param diffusion how its output is read
 * @param sample how images are drawn
 * @param count how many images
 * @param engine what computes them
 * @param images fingerprint of the images that they are made from, or {@link #NO_IMAGES}
 * @param rows how they lie in rows; null for images each of its own
 * @param classifier fingerprint of the checkpoint that guides them, or {@link #NO_CLASSIFIER}
 * @param classifierClasses that the classifier tells apart, 0: there is none
 * @param codec identifies autoencoder, weights and scale of a network that draws latents, or {@link
 *     #NO_CODEC}
 * @param medium what the samples are
 */
record SamplePlan(
    String weights,
    @Key(value = "the network", absent = "unet") NetworkConfig network,
    ScheduleConfig schedule,
    DiffusionConfig diffusion,
    SampleConfig sample,
    long count,
    String engine,
    @Key(value = "what they are made from", absent = SamplePlan.NO_IMAGES) String images,
    @Key("how they lie in rows") Rows rows,
    @Key(value = "what guides them", absent = SamplePlan.NO_CLASSIFIER) String classifier,
    @Key(value = "classes of what guides them", absent = "0") int classifierClasses,
    @Key(value = "what decodes them", absent = SamplePlan.NO_CODEC) String codec,
    @Key(value = "what they are", absent = "image") Medium medium)
    implements Serializable {
  /** So many shards are enough to keep a cluster busy; larger sets get larger shards. */
  private static final int ENOUGH_SHARDS = 256;

  private static final int LARGEST_SHARD = 1024;

  private static final int SHEET_IMAGES = 64;

  /** White pixels around each image of a sheet. */
  static final int GRID_PADDING = 2;

  /** {@link #images} of samples that are made from noise alone. */
  static final String NO_IMAGES = "none";

  /** {@link #classifier} of samples that no classifier guides. */
  static final String NO_CLASSIFIER = "none";

  /** {@link #codec} of samples that the network draws itself. */
  static final String NO_CODEC = "none";

  /** From noise alone. */
  SamplePlan(
      String weights,
      NetworkConfig network,
      ScheduleConfig schedule,
      DiffusionConfig diffusion,
      SampleConfig sample,
      long count,
      String engine) {
    this(
        weights,
        network,
        schedule,
        diffusion,
        sample,
        count,
        engine,
        NO_IMAGES,
        null,
        NO_CLASSIFIER,
        0,
        NO_CODEC,
        new ImageMedium());
  }

  SamplePlan {
    diffusion = sample.reading(diffusion);
    sample = sample.withoutReading();
    checkArgument(
        network.inputShape().rank() == 3,
        "samples have channels, height and width, but the network makes items of %s",
        network.inputShape());
    checkArgument(
        codec.equals(NO_CODEC) || !diffusion.clipX0(),
        "latents are not within [-1, 1], where x0 would be clipped: set diffusion.clip-x0=false");
    checkArgument(
        medium.isBounded() || !diffusion.clipX0(),
        "%s are not within [-1, 1], where x0 would be clipped: set diffusion.clip-x0=false",
        ConfigBinder.type(medium));
    boolean ofTokens = diffusion.noise().tokenNoise().isPresent();
    checkArgument(
        sample.solver().isOfTokens() == ofTokens,
        "sample.solver=tokens goes with diffusion.noise uniform or absorbing, other solvers with"
            + " gaussian; got %s and %s",
        ConfigBinder.type(sample.solver()),
        ConfigBinder.type(diffusion.noise()));
    checkArgument(
        !ofTokens || rows == null && images.equals(NO_IMAGES),
        "tokens are drawn from noise alone, each sequence by itself");
    checkArgument(count >= 1, "count must be at least 1, got %s", count);
    diffusion.checkReads(network);
    TimeGrid grid = sample.grid(process(schedule)); // refuses steps that do not fit
    if (rows != null) {
      checkRows(rows, network, sample, grid, !images.equals(NO_IMAGES));
    }
    checkArgument(
        !sample.hasFromLevel() || !images.equals(NO_IMAGES),
        "sample.from-level = %s is for images that are made from others; give those with --images",
        sample.fromLevel());
    int classes = Math.max(network.classes(), classifierClasses);
    checkArgument(
        sample.label() == SampleConfig.ALL_LABELS || sample.label() < classes,
        classes == 0
            ? "label = %s is for networks with classes, this one has none"
            : "label must be below the network's %2$s classes, got %1$s",
        sample.label(),
        classes);
    sample.guidance().check(network);
    checkArgument(
        network.classes() == 0 || classifierClasses == 0 || classifierClasses == network.classes(),
        "the network has %s classes, the classifier %s",
        network.classes(),
        classifierClasses);
    checkArgument(
        classifierClasses == 0
            || !(rows instanceof Interpolation)
            || sample.label() != SampleConfig.ALL_LABELS,
        "a classifier guides to one class between images: set sample.label");
  }

  private int classes() {
    return Math.max(network.classes(), classifierClasses);
  }

  private static void checkRows(
      Rows rows, NetworkConfig network, SampleConfig sample, TimeGrid grid, boolean ofImages) {
    checkArgument(!sample.hasFromLevel(), "rows have levels of their own, not sample.from-level");
    rows.checkDrawsBy(sample.solver(), grid);
    checkArgument(
        ofImages == rows.needsImages(),
        rows.needsImages()
            ? "rows between images need these"
            : "such rows are made of noise alone");
    if (rows instanceof Interpolation ends) {
      checkArgument(
          ends.noise() != Interpolation.Noise.ODE || !sample.guidance().isOn(),
          "the way along the ODE and back is not guided; leave sample.guidance out");
      checkArgument(
          network.classes() == 0
              || network.labelDropout() > 0
              || sample.label() != SampleConfig.ALL_LABELS,
          "the network knows no images without a class: set sample.label");
    }
  }

  /** Whether there is a strip of how the first image came about. */
  boolean hasStrip() {
    return rows == null;
  }

  /** How many of the images the sheet shows. */
  long shown() {
    return rows == null ? Math.min(count, SHEET_IMAGES) : count;
  }

  /** Whether images are drawn of a class. */
  boolean hasLabels() {
    return classes() > 0;
  }

  /** The class of an image; in rows, that of the sample whose x_t it shares. */
  int label(long index) {
    if (rows instanceof Interpolation) {
      return sample.label() == SampleConfig.ALL_LABELS ? Condition.NO_LABEL : sample.label();
    }
    return sampleLabel(rows == null ? index : index / rows.pieceItems());
  }

  /** The class of a sample: the one that was asked for, or all in turn. */
  private int sampleLabel(long index) {
    if (!hasLabels()) {
      return Condition.NO_LABEL;
    }
    return sample.label() == SampleConfig.ALL_LABELS ? (int) (index % classes()) : sample.label();
  }

  /** Whether a sheet of so many images has a row for each class. */
  boolean hasRowsOfClasses(int images) {
    return rows == null
        && hasLabels()
        && sample.label() == SampleConfig.ALL_LABELS
        && images >= classes();
  }

  /** The first images as one sheet: rows as they lie or one for each class, else about square. */
  byte[] sheet(List<ByteImage> first) {
    List<ByteImage> magnified = first.stream().map(ShardSampler::visible).toList();
    if (rows != null) {
      return ImageCodec.encodePng(ImageGrid.compose(magnified, rows.columns(), GRID_PADDING));
    }
    if (!hasRowsOfClasses(first.size())) {
      return ImageGrid.png(magnified);
    }
    int classes = classes();
    int columns = magnified.size() / classes;
    List<ByteImage> byClass = new ArrayList<>();
    for (int row = 0; row < classes; row++) {
      for (int column = 0; column < columns; column++) {
        byClass.add(magnified.get(column * classes + row));
      }
    }
    return ImageCodec.encodePng(ImageGrid.compose(byClass, columns, GRID_PADDING));
  }

  /** The conditions of consecutive samples. */
  Condition condition(long first, int count) {
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = sampleLabel(first + i);
    }
    return Condition.labels(labels);
  }

  /** A part of the images that is made, kept and checked as one. */
  record Shard(int number, long from, long to) implements Serializable {
    int images() {
      return Math.toIntExact(to - from);
    }
  }

  /** Images of a shard: a piece of rows or whole batches, and the same on every cluster. */
  int shardImages() {
    if (rows != null) {
      return rows.pieceItems();
    }
    long batch = sample.batchSize();
    long batches = (count + batch * ENOUGH_SHARDS - 1) / (batch * ENOUGH_SHARDS);
    return Math.toIntExact(batch * Math.max(1, Math.min(batches, LARGEST_SHARD / batch)));
  }

  /** All shards, in the order of their images. */
  List<Shard> shards() {
    List<Shard> shards = new ArrayList<>();
    for (long from = 0; from < count; from += shardImages()) {
      shards.add(new Shard(shards.size(), from, Math.min(count, from + shardImages())));
    }
    return shards;
  }

  private static NoiseProcess process(ScheduleConfig schedule) {
    return new DiscreteProcess(NoiseSchedule.of(schedule));
  }

  /** The levels that the solver goes through. */
  TimeGrid grid() {
    return sample.grid(process(schedule));
  }

  /** How often the network is evaluated for an image: twice at each level that is guided. */
  long evaluations() {
    TimeGrid grid = grid();
    long once = sample.solver().evaluations(grid.steps());
    if (!sample.guidance().evaluatesTwice()) {
      return once;
    }
    NoiseProcess process = process(schedule);
    long guided =
        IntStream.range(0, grid.steps())
            .filter(i -> sample.guidance().actsAt(process, grid.level(i)))
            .count();
    return once + once * guided / grid.steps();
  }

  /**
   * A model of the network, as a solver sees it.
   *
   * @param score of the classifier that guides, where one does
   */
  Denoiser denoiser(Network model, Optional<ClassScore> score) {
    return sample.decorated(plainDenoiser(model), score, diffusion);
  }

  /** The same neither guided nor clipped. */
  Denoiser plainDenoiser(Network model) {
    return diffusion.unclipped(model, process(schedule), DiffusionConfig.givesVariance(network));
  }

  /** The same for a network that draws something else than images. */
  SamplePlan with(Optional<LatentCodec> latents, Medium other) {
    return new SamplePlan(
        weights,
        network,
        schedule,
        diffusion,
        sample,
        count,
        engine,
        images,
        rows,
        classifier,
        classifierClasses,
        codecOf(latents),
        other);
  }

  /** {@link #codec} of a network that draws latents, if it does. */
  static String codecOf(Optional<LatentCodec> latents) {
    return latents.map(codec -> codec.note().identity()).orElse(NO_CODEC);
  }

  SeededBatches batches() {
    return new SeededBatches(
        sample.solver(), grid(), sample.seed(), sample.batchSize(), network.inputShape());
  }

  /** The configuration as manifests keep it. */
  SortedMap<String, String> toMap() {
    SortedMap<String, String> map = withEngineUnlessDefault();
    map.remove("weights");
    return map;
  }

  /** Equal for plans that give equal images. */
  String fingerprint() {
    String text = ConfigText.render(withEngineUnlessDefault());
    return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Samples of the default engine are those of the time when there was no other. */
  private SortedMap<String, String> withEngineUnlessDefault() {
    SortedMap<String, String> map = ConfigText.recorded(this);
    map.remove("engine", Nd4jEngine.NAME);
    return map;
  }
}

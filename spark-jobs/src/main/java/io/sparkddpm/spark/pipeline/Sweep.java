package io.sparkddpm.spark.pipeline;

import static io.sparkddpm.error.Checks.checkState;

import com.google.common.base.Suppliers;
import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.engine.EmaConfig;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import io.sparkddpm.medium.ImageMedium;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.items.MeasureJob;
import io.sparkddpm.spark.evaluation.job.FidInputs;
import io.sparkddpm.spark.evaluation.job.FidJob;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.evaluation.job.ReferenceStatsJob;
import io.sparkddpm.spark.report.DistancePlot;
import io.sparkddpm.spark.sampling.DrawnSamples;
import io.sparkddpm.spark.sampling.SampleJob;
import io.sparkddpm.spark.sampling.SampleOverrides;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.PlainFile;
import io.sparkddpm.spark.training.checkpoint.RunFiles;
import io.sparkddpm.statistics.JackknifeInterval;
import io.sparkddpm.statistics.inception.InceptionEngine;
import io.sparkddpm.statistics.inception.OneDnnInception;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.apache.spark.sql.SparkSession;

/**
 * Measures several checkpoints with several weights and samplers in one job. Samples are drawn as
 * they are measured and not stored. Features of the reference's images are computed once, into
 * {@code reference} at the output. A result of images that lies there and still holds is not
 * measured again, so an interrupted sweep resumes; items of other media are measured anew.
 */
public final class Sweep {
  private final SparkSession session;
  private EngineFactory engine = new Nd4jEngine();
  private List<URI> checkpoints = List.of();
  private SampleOverrides overrides = SampleOverrides.NONE;
  private List<SampleConfig> samplers = List.of();
  private long count;
  private URI reference;
  private URI output;
  private Optional<URI> inception = Optional.empty();
  private FidConfig config = FidConfig.DEFAULTS;
  private InceptionEngine inceptionEngine = new OneDnnInception();
  private Progress progress = Progress.NONE;

  /**
   * How far samples are from the reference.
   *
   * @param metric its name
   * @param distance smaller is better
   * @param interval around it, where it is known
   */
  public record Distance(String metric, double distance, Optional<JackknifeInterval> interval) {}

  /**
   * One measurement.
   *
   * @param step of the checkpoint
   * @param sampler how the samples were drawn, with which weights
   * @param evaluations of the network for one sample
   * @param distance to the reference
   */
  public record Row(long step, SampleConfig sampler, long evaluations, Distance distance) {
    /** Distinguishes this row from others of the same step, such as "ema-0.9999, ddim 50". */
    public String series() {
      return sampler.weights() + ", " + way();
    }

    /** The same for all numbers of steps. */
    private String ofAllSteps() {
      return atStep() + sampler.weights() + ", " + solver() + guidance();
    }

    /** The same for all weights of a checkpoint. */
    private String ofAllWeights() {
      return atStep() + way();
    }

    private String way() {
      return solver() + (sampler.steps() == 0 ? "" : " " + sampler.steps()) + guidance();
    }

    private String atStep() {
      return "step " + step + ", ";
    }

    private String solver() {
      return ConfigBinder.type(sampler.solver());
    }

    private OptionalDouble width() {
      return EmaConfig.Power.width(sampler.weights());
    }

    private String guidance() {
      return sampler.guidance().isOn() ? ", guidance " + sampler.guidance().scale() : "";
    }
  }

  /**
   * All measurements.
   *
   * @param rows by checkpoint, then by sampler
   * @param table as tab-separated text
   * @param plots PNG: the distance by training step, by evaluations of the network for a sample,
   *     and, where averages of several widths were measured, by width
   */
  public record Result(List<Row> rows, URI table, List<URI> plots) {
    /**
     * The row of fewest evaluations that is no farther than the upper end of the best row's
     * interval, or the best itself where it has none.
     */
    public Row cheapest() {
      Row best = rows.stream().min(Comparator.comparing(r -> r.distance().distance())).get();
      double bound =
          best.distance().interval().map(i -> i.high()).orElse(best.distance().distance());
      return rows.stream()
          .filter(r -> r.distance().distance() <= bound)
          .min(Comparator.comparing(Row::evaluations).thenComparing(r -> r.distance().distance()))
          .get();
    }
  }

  private Sweep(SparkSession session) {
    this.session = session;
  }

  /** A sweep on a session. */
  public static Sweep on(SparkSession session) {
    return new Sweep(session);
  }

  /** What computes; ND4J without it. */
  public Sweep engine(EngineFactory factory) {
    this.engine = factory;
    return this;
  }

  /** What is sampled from. */
  public Sweep checkpoints(List<URI> uris) {
    this.checkpoints = List.copyOf(uris);
    return this;
  }

  /** How samples are drawn, and with which weights. */
  public Sweep samplers(List<SampleConfig> configs) {
    this.samplers = List.copyOf(configs);
    return this;
  }

  /** What is not as the runs have it; nothing without it. */
  public Sweep overrides(SampleOverrides value) {
    this.overrides = value;
    return this;
  }

  /** Samples for each measurement. */
  public Sweep count(long images) {
    this.count = images;
    return this;
  }

  /** What they are measured against. */
  public Sweep reference(URI uri) {
    this.reference = uri;
    return this;
  }

  /** Directory of the results, the table and the plot. */
  public Sweep output(URI directory) {
    this.output = directory;
    return this;
  }

  /** The published Inception network; without it the distance is {@code fd-random}. */
  public Sweep inception(URI graph) {
    this.inception = Optional.of(graph);
    return this;
  }

  /** What takes features. */
  public Sweep inceptionEngine(InceptionEngine value) {
    this.inceptionEngine = value;
    return this;
  }

  /** How features are taken. */
  public Sweep config(FidConfig value) {
    this.config = value;
    return this;
  }

  /** Receives the progress of the job. */
  public Sweep progress(Progress value) {
    this.progress = value;
    return this;
  }

  /**
   * Measures what is not measured yet.
   *
   * @throws UserException if a checkpoint, its weights or the reference is missing or bad
   */
  public Result run() {
    checkState(
        !checkpoints.isEmpty() && !samplers.isEmpty() && reference != null && output != null,
        "checkpoints, samplers, reference and output are needed");
    Supplier<URI> against = Suppliers.memoize(this::statistics)::get;
    List<Row> rows = new ArrayList<>();
    for (URI checkpoint : checkpoints) {
      for (SampleConfig sampler : samplers) {
        rows.add(measure(checkpoint, sampler, against));
      }
    }
    URI table = Locations.resolve(output, "sweep.tsv");
    write(table, table(rows).getBytes(StandardCharsets.UTF_8));
    List<URI> plots = new ArrayList<>();
    plot("sweep.png", "training step", rows, Row::step, Row::series, plots);
    plot(
        "evaluations.png",
        "evaluations of the network",
        rows,
        Row::evaluations,
        Row::ofAllSteps,
        plots);
    List<Row> ofWidths = rows.stream().filter(r -> r.width().isPresent()).toList();
    if (ofWidths.stream().map(Row::width).distinct().count() > 1) {
      plot(
          "widths.png",
          "width of the average",
          ofWidths,
          r -> r.width().getAsDouble(),
          Row::ofAllWeights,
          plots);
    }
    return new Result(rows, table, plots);
  }

  /** Draws the distance by something, a curve for each name, and adds the plot's place. */
  private void plot(
      String file,
      String by,
      List<Row> rows,
      ToDoubleFunction<Row> x,
      Function<Row, String> name,
      List<URI> plots) {
    Map<String, Map<Double, DistancePlot.Measured>> curves = new LinkedHashMap<>();
    for (Row row : rows) {
      double distance = row.distance.distance();
      double reach = row.distance.interval().map(i -> i.high() - distance).orElse(0.0);
      curves
          .computeIfAbsent(name.apply(row), n -> new LinkedHashMap<>())
          .put(x.applyAsDouble(row), new DistancePlot.Measured(distance, reach));
    }
    byte[] png = DistancePlot.png(rows.get(0).distance.metric(), by, curves);
    if (png.length > 0) {
      URI plot = Locations.resolve(output, file);
      write(plot, png);
      plots.add(plot);
    }
  }

  private Row measure(URI checkpoint, SampleConfig sampler, Supplier<URI> against) {
    try (DrawnSamples drawn =
        SampleJob.on(session)
            .engine(engine)
            .from(checkpoint)
            .count(count)
            .config(sampler)
            .overrides(overrides)
            .drawn()) {
      long step = drawn.manifest().count("checkpoint-step");
      String name =
          String.format(
              Locale.ROOT,
              "%s-%s-%s-%d%s.json",
              RunFiles.step(step),
              sampler.weights(),
              ConfigBinder.type(sampler.solver()),
              sampler.steps(),
              sampler.guidance().isOn() ? "-guidance-" + sampler.guidance().scale() : "");
      Distance distance =
          drawn.medium() instanceof ImageMedium ? ofImages(drawn, name, against) : ofItems(drawn);
      return new Row(step, sampler, drawn.evaluations(), distance);
    }
  }

  private Distance ofImages(DrawnSamples drawn, String name, Supplier<URI> against) {
    FidJob job =
        FidJob.on(session)
            .engine(inceptionEngine)
            .samples(drawn)
            .reference(against.get())
            .output(Locations.resolve(output, name))
            .reuse(true)
            .config(config)
            .progress(progress);
    inception.ifPresent(job::inception);
    FidResult result = job.run();
    return new Distance(result.metric(), result.distance(), result.interval());
  }

  /** Of the reference's images. */
  private URI statistics() {
    if (FidInputs.areStatistics(session.sparkContext().hadoopConfiguration(), reference)) {
      return reference;
    }
    ReferenceStatsJob job =
        ReferenceStatsJob.on(session)
            .engine(inceptionEngine)
            .input(reference)
            .output(Locations.resolve(output, "reference"))
            .config(config)
            .progress(progress);
    inception.ifPresent(job::inception);
    return job.run().statistics();
  }

  /** By the measure of another medium. */
  private Distance ofItems(DrawnSamples drawn) {
    if (inception.isPresent()) {
      throw new UserException(
          "%s draws %s, which the Inception network does not take: leave it out",
          drawn.checkpoint(), drawn.medium().plural());
    }
    MeasureJob.Result result =
        MeasureJob.on(session).samples(drawn).reference(reference).progress(progress).run();
    String name = result.distance();
    return new Distance(name, result.numbers().get(name), Optional.empty());
  }

  /** Tab-separated, a header first. */
  static String table(List<Row> rows) {
    StringBuilder text =
        new StringBuilder(
            "step\tweights\tsampler\tsteps\tmetric\tdistance\tlow\thigh\tevaluations\tguidance\n");
    for (Row row : rows) {
      Distance d = row.distance;
      text.append(
          String.format(
              Locale.ROOT,
              "%d\t%s\t%s\t%d\t%s\t%.6f\t%s\t%s\t%d\t%s%n",
              row.step,
              row.sampler.weights(),
              ConfigBinder.type(row.sampler.solver()),
              row.sampler.steps(),
              d.metric(),
              d.distance(),
              d.interval().map(i -> String.format(Locale.ROOT, "%.6f", i.low())).orElse(""),
              d.interval().map(i -> String.format(Locale.ROOT, "%.6f", i.high())).orElse(""),
              row.evaluations,
              row.sampler.guidance().scale()));
    }
    return text.toString();
  }

  private void write(URI file, byte[] bytes) {
    PlainFile.write(session.sparkContext().hadoopConfiguration(), file, bytes);
  }
}

package io.sparkddpm.spark.evaluation.bound;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.diffusion.BoundProfile;
import io.sparkddpm.diffusion.BoundSums;
import io.sparkddpm.diffusion.TimestepRanges;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.report.BoundPlots;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.session.TaskResources;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.PlannedArtifact;
import io.sparkddpm.spark.store.ProgressNotes;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** One run of an {@link EvaluateJob}: measures the parts that are missing, commits the artefact. */
final class EvaluateRun {
  private final JavaSparkContext spark;
  private final Configuration conf;
  private final EvaluateSource source;
  private final URI dir;
  private final PlannedArtifact directory;
  private final int partitions;
  private final Progress progress;
  private long made;

  EvaluateRun(
      JavaSparkContext spark, EvaluateSource source, URI dir, int partitions, Progress progress) {
    this.spark = spark;
    this.conf = spark.hadoopConfiguration();
    this.source = source;
    this.dir = dir;
    this.directory =
        new PlannedArtifact(
            conf,
            dir,
            ArtifactKind.EVALUATION,
            "another evaluation",
            source.plan().fingerprint(),
            source.plan().toMap());
    this.partitions = partitions;
    this.progress = progress;
  }

  /** Images that {@link #run} measured; 0 if all were. */
  long made() {
    return made;
  }

  /** The finished artefact. */
  Artifact run() {
    return directory.orMake(source.manifest(), this::write);
  }

  private void write(ArtifactWriter writer, LeaseToken lease) {
    HadoopConf hadoop = HadoopConf.of(conf);
    PartEvaluator evaluator =
        source.evaluator(hadoop, spark.getConf().getInt("spark.task.cpus", 1));
    Broadcast<PartEvaluator> broadcast = spark.broadcast(evaluator);
    try {
      EvaluationResult result = result(measureMissing(broadcast, lease));
      writer.write(EvaluateJob.RESULT, result.toJson());
      plots(writer, result.byName());
      decodings(writer, broadcast, List.copyOf(result.byName().keySet()));
    } finally {
      Broadcasts.destroy(broadcast);
    }
  }

  private TreeMap<Integer, FinishedPart> measureMissing(
      Broadcast<PartEvaluator> evaluator, LeaseToken lease) {
    TreeMap<Integer, FinishedPart> done = new TreeMap<>();
    noted().forEach(part -> done.putIfAbsent(part.number(), part));
    List<EvaluatePlan.Part> missing = new ArrayList<>(source.plan().parts());
    missing.removeIf(part -> done.containsKey(part.number()));
    long all = source.plan().images().stream().mapToLong(Long::longValue).sum();
    made = missing.stream().mapToLong(EvaluatePlan.Part::size).sum();
    if (!missing.isEmpty()) {
      try (Progress.Task task = progress.start("evaluate", all)) {
        task.skip(all - made);
        StreamedResults.forEach(
            TaskResources.withCard(spark, missing, partitions)
                .map(new PartTask(evaluator, lease, dir)),
            description(),
            part -> {
              done.put(part.number(), part);
              task.advance(part.sums().images());
            });
      }
    }
    return done;
  }

  private String description() {
    return String.format(
        Locale.ROOT,
        "evaluate: %d %s at %d timesteps, step %d, %s",
        made,
        source.checkpoint().notes().medium().plural(),
        source.plan().ranges().count(),
        source.checkpoint().step(),
        source.plan().weights());
  }

  /** The parts that an interrupted job noted as finished. */
  private List<FinishedPart> noted() {
    List<FinishedPart> found = ProgressNotes.read(conf, dir, FinishedPart.class);
    String plan = source.plan().fingerprint();
    found.removeIf(part -> !part.plan().equals(plan));
    return found;
  }

  private EvaluationResult result(TreeMap<Integer, FinishedPart> done) {
    EvaluatePlan plan = source.plan();
    TimestepRanges ranges = plan.ranges();
    List<BoundSums> sums = new ArrayList<>();
    source.datasets().forEach(d -> sums.add(BoundSums.none(ranges.count())));
    for (EvaluatePlan.Part part : plan.parts()) {
      BoundSums own = done.get(part.number()).sums();
      sums.set(part.set(), sums.get(part.set()).plus(own));
    }
    List<EvaluationResult.MeasuredImages> sets = new ArrayList<>();
    for (int i = 0; i < sums.size(); i++) {
      Dataset dataset = source.datasets().get(i);
      sets.add(
          new EvaluationResult.MeasuredImages(
              dataset.uri().toString(),
              dataset.fingerprint(),
              sums.get(i).images(),
              dataset.size(),
              BoundProfile.of(ranges, sums.get(i))));
    }
    return EvaluationResult.of(source.checkpoint(), plan, sets);
  }

  private static void plots(ArtifactWriter writer, Map<String, BoundProfile> profiles) {
    plot(writer, "terms.png", BoundPlots.terms(profiles));
    plot(writer, "rate.png", BoundPlots.rate(profiles));
    plot(writer, "distortion.png", BoundPlots.distortion(profiles));
    plot(writer, "rate-distortion.png", BoundPlots.rateDistortion(profiles));
  }

  private static void plot(ArtifactWriter writer, String file, byte[] png) {
    if (png.length > 0) {
      writer.write(file, png);
    }
  }

  private void decodings(
      ArtifactWriter writer, Broadcast<PartEvaluator> evaluator, List<String> names) {
    if (source.plan().evaluate().decodings() == 0) {
      return;
    }
    TreeMap<Integer, byte[]> pngs = new TreeMap<>();
    List<Integer> sets = new ArrayList<>();
    names.forEach(name -> sets.add(sets.size()));
    StreamedResults.forEach(
        TaskResources.withCard(spark, sets, sets.size()).map(set -> Decoding.of(set, evaluator)),
        "evaluate: decodings",
        decoding -> pngs.put(decoding.set(), decoding.png()));
    pngs.forEach(
        (set, png) ->
            writer.write(
                names.size() == 1
                    ? "decodings.png"
                    : String.format(Locale.ROOT, "decodings-%d.png", set + 1),
                png));
  }
}

package io.sparkddpm.spark.evaluation.features;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.input.ImagePart;
import io.sparkddpm.spark.evaluation.input.ImageSet;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.session.TaskResources;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.Locations;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/**
 * Takes the features of a set of images, part by part, into files. What an interrupted run left
 * whole is not made again. A part's bytes depend on the part and the extractor alone.
 */
public final class FeatureRun {
  public static final String PREFIX = "part-";
  public static final String SUFFIX = ".features";

  /** Index of the part in a name; earlier versions' names have no id of the lease's holder. */
  private static final Pattern NAME =
      Pattern.compile(PREFIX + "(\\d{5,9})(-[0-9a-f]{16})?-\\d+\\" + SUFFIX);

  private final SparkSession spark;
  private final ExtractorSpec spec;
  private final Progress progress;
  private final int partitions;

  public FeatureRun(SparkSession spark, ExtractorSpec spec, Progress progress, int partitions) {
    this.spark = spark;
    this.spec = spec;
    this.progress = progress;
    this.partitions = partitions;
  }

  /** A short name for the features of a set by an extractor. */
  public static String name(ImageSet set, ExtractorSpec spec) {
    String what = set.listing() + " by " + spec.key();
    return Sha256.of(what.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }

  /**
   * Takes what is missing in {@code dir}.
   *
   * @param lease under which files are written
   */
  public FeatureStore of(ImageSet set, LeaseToken lease, URI dir) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<HadoopConf> hadoop = context.broadcast(HadoopConf.of(context.hadoopConfiguration()));
    Broadcast<ExtractorSpec> network = context.broadcast(spec);
    Map<Integer, List<String>> left = leftovers(dir);
    List<Tuple2<ImagePart, List<String>>> work = new ArrayList<>();
    for (ImagePart part : set.parts()) {
      work.add(new Tuple2<>(part, left.getOrDefault(part.index(), new ArrayList<>())));
    }
    String what =
        String.format(
            Locale.ROOT,
            "features: %d images of %s by %s, layers %s",
            set.images(),
            set.uri(),
            spec.description().name(),
            spec.description().layerNames());
    JavaRDD<FeatureShard> shards =
        TaskResources.withCard(context, work, partitions)
            .map(new FeatureTask(hadoop, network, spec.key(), name(set, spec), lease, dir));
    Map<Integer, FeatureShard> done = new TreeMap<>();
    try (Progress.Task task = progress.start("features", set.images())) {
      StreamedResults.forEach(
          shards,
          what,
          shard -> {
            done.put(shard.index(), shard);
            if (shard.kept()) {
              task.skip(shard.images());
            } else {
              task.advance(shard.images());
            }
          });
    } finally {
      Broadcasts.destroy(network);
      Broadcasts.destroy(hadoop);
      if (spark.sparkContext().isLocal()) {
        ExtractorPool.here().free();
      }
    }
    return new FeatureStore(dir, new ArrayList<>(done.values()));
  }

  /** Files of earlier runs by part. */
  private Map<Integer, List<String>> leftovers(URI dir) {
    Map<Integer, List<String>> found = new HashMap<>();
    try {
      for (FileStatus file :
          Locations.fileSystem(spark.sparkContext().hadoopConfiguration(), dir)
              .listStatus(new Path(dir))) {
        String name = file.getPath().getName();
        Matcher matcher = NAME.matcher(name);
        if (matcher.matches()) {
          int index = Integer.parseInt(matcher.group(1));
          found.computeIfAbsent(index, i -> new ArrayList<>()).add(name);
        }
      }
    } catch (FileNotFoundException e) {
      return found; // nothing was begun
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", dir, e.getMessage());
    }
    return found;
  }

  /** Identifies the images of a set: the manifest's fingerprint, or a hash of their content. */
  public static String fingerprint(ImageSet set, FeatureStore store) {
    if (set.manifest().isPresent()) {
      return set.manifest().get().fingerprint();
    }
    StringBuilder digests = new StringBuilder();
    store.shards().forEach(s -> digests.append(s.digest()).append('\n'));
    return Sha256.of(digests.toString().getBytes(StandardCharsets.UTF_8));
  }
}

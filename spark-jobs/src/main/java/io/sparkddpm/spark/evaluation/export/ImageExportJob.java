package io.sparkddpm.spark.evaluation.export;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageTally;
import io.sparkddpm.spark.evaluation.input.ImagePart;
import io.sparkddpm.spark.evaluation.input.ImageSet;
import io.sparkddpm.spark.evaluation.input.ImageSets;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * Writes the images of a dataset, of samples or of any other set in a format of another program.
 * The last file that it writes is {@code _SUCCESS}: without it the others are not all there, and a
 * further run deletes them and writes them again.
 */
public final class ImageExportJob {
  /** Images of one file, if parts are not larger. */
  private static final long IMAGES_A_CHUNK = 1024;

  private final SparkSession spark;
  private URI input;
  private URI output;
  private ImageFormat format;
  private Progress progress = Progress.NONE;

  /**
   * What was written.
   *
   * @param output where it lies
   * @param images that it holds
   * @param warnings for the user about the images
   */
  public record Result(URI output, long images, List<String> warnings) {}

  private ImageExportJob(SparkSession spark) {
    this.spark = spark;
  }

  /** A job on a session. */
  public static ImageExportJob on(SparkSession spark) {
    return new ImageExportJob(spark);
  }

  /** Names of all formats. */
  public static List<String> formats() {
    return ImageFormat.names();
  }

  /** A dataset, samples, or any other set of images. */
  public ImageExportJob input(URI uri) {
    this.input = uri;
    return this;
  }

  /** A new directory. */
  public ImageExportJob output(URI uri) {
    this.output = uri;
    return this;
  }

  /**
   * The format.
   *
   * @throws UserException if there is none of that name
   */
  public ImageExportJob format(String name) {
    this.format = ImageFormat.named(name);
    return this;
  }

  /** Receives the progress of the job. */
  public ImageExportJob progress(Progress value) {
    this.progress = value;
    return this;
  }

  /**
   * Runs the job.
   *
   * @throws UserException naming the image or file, if one cannot be read or written, or the output
   *     holds other images or files
   */
  public Result run() {
    checkArgument(
        input != null && output != null && format != null, "input, output and format are required");
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    URI to = Locations.qualify(conf, output);
    try (ImageSets sets = new ImageSets(spark, progress, () -> to)) {
      return run(conf, sets.open(input), to);
    }
  }

  private Result run(Configuration conf, ImageSet set, URI to) {
    try (Lease lease = Lease.acquire(conf, to)) {
      ExportDirectory directory =
          new ExportDirectory(
              conf, to, lease, format.name(), set.uri(), set.listing(), set.images());
      if (!directory.begin()) {
        write(set, chunks(set, to));
        directory.finish();
      }
    }
    return new Result(to, set.images(), set.warnings(ImageTally.NONE));
  }

  private List<ImageChunk> chunks(ImageSet set, URI to) {
    List<List<ImagePart>> groups = new ArrayList<>();
    long room = 0;
    for (ImagePart part : set.parts()) {
      if (groups.isEmpty() || !format.isOneFile() && room < part.images()) {
        groups.add(new ArrayList<>());
        room = IMAGES_A_CHUNK;
      }
      groups.get(groups.size() - 1).add(part);
      room -= part.images();
    }
    boolean labelled = !set.classNames().isEmpty() || set.unlabelled().isEmpty();
    List<ImageChunk> chunks = new ArrayList<>();
    long first = 0;
    for (List<ImagePart> parts : groups) {
      chunks.add(
          new ImageChunk(
              to,
              chunks.size(),
              groups.size(),
              first,
              parts,
              set.images(),
              labelled,
              set.classNames()));
      first += images(parts);
    }
    return chunks;
  }

  private static long images(List<ImagePart> parts) {
    return parts.stream().mapToLong(ImagePart::images).sum();
  }

  private void write(ImageSet set, List<ImageChunk> chunks) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<HadoopConf> hadoop = context.broadcast(HadoopConf.of(context.hadoopConfiguration()));
    ImageFormat chosen = format;
    JavaRDD<Long> written =
        context
            .parallelize(chunks, chunks.size())
            .map(
                chunk -> {
                  chosen.write(hadoop.value().get(), chunk);
                  return images(chunk.parts());
                });
    String what = "export: " + set.images() + " images of " + set.uri() + " as " + chosen.name();
    try (Progress.Task task = progress.start("export", set.images())) {
      StreamedResults.forEach(written, what, task::advance);
    } finally {
      Broadcasts.destroy(hadoop);
    }
  }
}

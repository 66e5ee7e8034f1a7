package io.sparkddpm.spark.evaluation.export;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.ClassNotes;
import io.sparkddpm.spark.sampling.Samples;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.Lease;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.PlainFile;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * Writes each sample as a file of its own, in the folder of its class where there are classes: PLY
 * files of points, PNG files of images. A task writes those of one shard. As with {@link
 * ImageExportJob}, {@code _SUCCESS} is the last file that is written.
 */
public final class FileExportJob {
  private final SparkSession spark;
  private URI input;
  private URI output;
  private Progress progress = Progress.NONE;

  /**
   * What was written.
   *
   * @param output where they lie
   * @param files that there are
   */
  public record Result(URI output, long files) {}

  private FileExportJob(SparkSession spark) {
    this.spark = spark;
  }

  /** A job on a session. */
  public static FileExportJob on(SparkSession spark) {
    return new FileExportJob(spark);
  }

  /** Samples. */
  public FileExportJob input(URI uri) {
    this.input = uri;
    return this;
  }

  /** A new directory. */
  public FileExportJob output(URI uri) {
    this.output = uri;
    return this;
  }

  /** Receives the progress of the job. */
  public FileExportJob progress(Progress value) {
    this.progress = value;
    return this;
  }

  /**
   * Runs the job.
   *
   * @throws UserException naming the file, if one cannot be read or written, or the output holds
   *     other files
   */
  public Result run() {
    checkArgument(input != null && output != null, "input and output are required");
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    URI to = Locations.qualify(conf, output);
    Samples samples = Samples.open(conf, input);
    try (Lease lease = Lease.acquire(conf, to)) {
      ExportDirectory directory =
          new ExportDirectory(
              conf,
              to,
              lease,
              "files",
              samples.dir(),
              samples.manifest().fingerprint(),
              samples.count());
      if (!directory.begin()) {
        write(samples, to);
        directory.finish();
      }
    }
    return new Result(to, samples.count());
  }

  private void write(Samples samples, URI to) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    String extension = samples.medium().extension();
    ArrayList<String> names = new ArrayList<>(ClassNotes.read(samples.manifest()));
    List<Shard> shards =
        samples.shards().stream()
            .map(file -> new Shard(samples.dir(), file, to, extension, names))
            .toList();
    Broadcast<HadoopConf> hadoop = context.broadcast(HadoopConf.of(context.hadoopConfiguration()));
    try (Progress.Task task = progress.start("export", samples.count())) {
      StreamedResults.forEach(
          context
              .parallelize(shards, shards.size())
              .map(shard -> shard.write(hadoop.value().get())),
          "export: " + samples.count() + " files of " + samples.dir(),
          task::advance);
    } finally {
      Broadcasts.destroy(hadoop);
    }
  }

  /** What a task writes. */
  private record Shard(
      URI from, FileEntry file, URI to, String extension, ArrayList<String> classNames)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    long write(Configuration conf) {
      List<Samples.Sample> samples = Samples.read(conf, from, file);
      for (Samples.Sample sample : samples) {
        String folder = FolderFormat.folder(classNames, sample.label());
        String path = String.format(Locale.ROOT, "%s%09d.%s", folder, sample.index(), extension);
        PlainFile.write(conf, Locations.resolve(to, path), sample.file());
      }
      return samples.size();
    }
  }
}

package io.sparkddpm.spark.pipeline;

import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.Cifar10;
import io.sparkddpm.image.ShapesImages;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.PlainFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * The pipeline on images that the program draws by itself: needs no data and no network. The images
 * are written in CIFAR-10's binary layout and read back as if they were CIFAR-10. For one thread.
 */
public final class Demo {
  private static final String IMAGES = "images/shapes.bin";
  private static final String CLASS_NAMES = "images/" + Cifar10.CLASS_NAMES_FILE;
  private static final String TITLE = "A diffusion model of ten coloured shapes";

  private final SparkSession session;
  private final DdpmConfig config;
  private final URI output;
  private final Progress progress;

  /**
   * @param config {@link #defaults()} bound, mostly
   * @param output directory below which everything is put
   */
  public Demo(SparkSession session, DdpmConfig config, URI output, Progress progress) {
    this.session = session;
    this.config = config;
    this.output = output;
    this.progress = progress;
  }

  /** The embedded configuration: a network that learns the shapes in minutes on two cores. */
  public static ConfigLayer defaults() {
    try (InputStream in = Demo.class.getResourceAsStream("demo.conf")) {
      return ConfigLayer.text("demo", new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Draws the images, then runs the pipeline on them. */
  public Pipeline.Result run() {
    URI images = Locations.resolve(output, IMAGES);
    draw(images, config.demo().images());
    return Pipeline.on(session)
        .config(config)
        .inputs(List.of(images))
        .output(output)
        .title(TITLE)
        .progress(progress)
        .run();
  }

  private static boolean isDrawn(FileSystem fs, Path file, int count) throws IOException {
    return fs.exists(file)
        && fs.getFileStatus(file).getLen() == (long) count * Cifar10.RECORD_BYTES;
  }

  private void draw(URI file, int count) {
    Configuration conf = session.sparkContext().hadoopConfiguration();
    FileSystem fs = Locations.fileSystem(conf, file);
    try (Progress.Task task = progress.start("draw shapes", count)) {
      if (!isDrawn(fs, new Path(file), count)) {
        String names = String.join("\n", ShapesImages.CLASS_NAMES) + "\n";
        PlainFile.write(
            conf, Locations.resolve(output, CLASS_NAMES), names.getBytes(StandardCharsets.UTF_8));
        PlainFile.write(conf, file, out -> ShapesImages.write(out, config.seed(), count));
      }
      task.advance(count);
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file, e.getMessage());
    }
  }
}

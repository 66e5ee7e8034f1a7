package io.sparkddpm.spark.sampling;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.spark.report.LabelledGrid;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.ArtifactWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The files beside the shards that show samples as a whole: the strip, a sheet of the first images
 * and, if asked for, all pixels.
 */
final class SampleViews {
  private final SampleDirectory directory;
  private final ArtifactWriter writer;
  private final List<String> classNames;
  private final int channels;

  /**
   * @param classNames by label; empty where they are not known
   * @param channels of an image
   */
  SampleViews(
      SampleDirectory directory, ArtifactWriter writer, List<String> classNames, int channels) {
    this.directory = directory;
    this.writer = writer;
    this.classNames = classNames;
    this.channels = channels;
  }

  /**
   * Writes them, in one pass over the shards.
   *
   * @param shards all, in order
   * @param npz whether all pixels are wanted as an array
   */
  void write(Collection<FinishedShard> shards, boolean npz) {
    if (directory.plan().hasStrip()) {
      FinishedShard first = shards.iterator().next();
      writer.write(Samples.STRIP, Artifact.read(directory.conf(), directory.uri(), first.strip()));
    }
    writeLines(shards);
    List<ByteImage> images = new ArrayList<>();
    try (PixelArray all = npz ? pixels() : null) {
      for (FinishedShard shard : shards) {
        if (all == null && images.size() >= directory.plan().shown()) {
          break;
        }
        addShard(shard, images, all);
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot write to %s: %s", directory.uri(), e.getMessage());
    }
    byte[] sheet = directory.plan().sheet(images);
    writer.write(Samples.GRID, sheet);
    if (!classNames.isEmpty() && directory.plan().hasRowsOfClasses(images.size())) {
      writer.write(
          Samples.LABELLED_GRID, LabelledGrid.svg(sheet, SamplePlan.GRID_PADDING, classNames));
    }
  }

  /** All samples as lines of one file, where they are text; shard by shard. */
  private void writeLines(Collection<FinishedShard> shards) {
    Medium medium = directory.plan().medium();
    if (!medium.isText()) {
      return;
    }
    try (OutputStream out = writer.output(Samples.LINES)) {
      for (FinishedShard shard : shards) {
        for (Samples.Sample sample :
            Samples.read(directory.conf(), directory.uri(), shard.images())) {
          String name = directory.uri() + ", item " + sample.index();
          out.write((medium.line(sample.file(), name) + "\n").getBytes(StandardCharsets.UTF_8));
        }
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot write to %s: %s", directory.uri(), e.getMessage());
    }
  }

  private PixelArray pixels() {
    SamplePlan plan = directory.plan();
    return new PixelArray(writer.output(Samples.NPZ), plan.count(), channels);
  }

  private void addShard(FinishedShard shard, List<ByteImage> first, PixelArray all)
      throws IOException {
    List<Samples.Sample> samples = Samples.read(directory.conf(), directory.uri(), shard.images());
    for (Samples.Sample sample : samples) {
      if (all == null && first.size() >= directory.plan().shown()) {
        return;
      }
      ByteImage image =
          directory
              .plan()
              .medium()
              .picture(sample.file(), directory.uri() + ", item " + sample.index());
      if (first.size() < directory.plan().shown()) {
        first.add(image);
      }
      if (all != null) {
        all.add(image);
      }
    }
  }
}

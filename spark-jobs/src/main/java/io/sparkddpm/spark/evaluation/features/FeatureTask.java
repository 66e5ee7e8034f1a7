package io.sparkddpm.spark.evaluation.features;

import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageDecoder;
import io.sparkddpm.image.ImageTally;
import io.sparkddpm.spark.evaluation.input.ImagePart;
import io.sparkddpm.spark.session.TaskHeap;
import io.sparkddpm.spark.store.ArtifactOutput;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.LeaseToken;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.statistics.FeatureExtractor;
import io.sparkddpm.statistics.FeatureFile;
import io.sparkddpm.statistics.FeatureLayer;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * Takes the features of a part and writes them to a file; or finds that an earlier, interrupted job
 * did. Attempts of one task, and of several jobs, write to different files with equal bytes.
 */
final class FeatureTask implements Function<Tuple2<ImagePart, List<String>>, FeatureShard> {
  private static final long serialVersionUID = 1L;

  private final Broadcast<HadoopConf> hadoop;
  private final Broadcast<ExtractorSpec> spec;
  private final String key;
  private final String source;
  private final LeaseToken lease;
  private final URI dir;

  /**
   * @param key of the extractor
   * @param source of the images; files that say otherwise are not taken
   * @param lease under which files are written
   * @param dir of the files
   */
  FeatureTask(
      Broadcast<HadoopConf> hadoop,
      Broadcast<ExtractorSpec> spec,
      String key,
      String source,
      LeaseToken lease,
      URI dir) {
    this.hadoop = hadoop;
    this.spec = spec;
    this.key = key;
    this.source = source;
    this.lease = lease;
    this.dir = dir;
  }

  @Override
  public FeatureShard call(Tuple2<ImagePart, List<String>> work) {
    ImagePart part = work._1();
    for (String path : work._2()) {
      Optional<FeatureShard> there = whole(part, path);
      if (there.isPresent()) {
        return there.get();
      }
    }
    return ExtractorPool.here().use(key, spec::value, extractor -> make(part, extractor));
  }

  private String sourceOf(ImagePart part) {
    return source + " part " + part.index();
  }

  private Optional<FeatureShard> whole(ImagePart part, String path) {
    URI uri = Locations.resolve(dir, path);
    Configuration conf = hadoop.value().get();
    MessageDigest digest = Sha256.digest();
    try (InputStream in =
        new DigestInputStream(
            new BufferedInputStream(Locations.fileSystem(conf, uri).open(new Path(uri)), 1 << 20),
            digest)) {
      FeatureFile.Header header = FeatureFile.scan(in, uri.toString(), null, null);
      Optional<ImageTally> tally = TallyText.after(sourceOf(part), header.source());
      if (tally.isEmpty() || header.count() != part.images()) {
        return Optional.empty();
      }
      long size = Locations.fileSystem(conf, uri).getFileStatus(new Path(uri)).getLen();
      FileEntry entry =
          new FileEntry(path, logicalPath(part), size, Sha256.hex(digest), (long) header.count());
      return Optional.of(
          new FeatureShard(
              part.index(), header.count(), entry, header.digest(), true, tally.get()));
    } catch (UserException | IOException e) {
      return Optional.empty(); // cut off when the earlier job was killed: made again
    }
  }

  private static String logicalPath(ImagePart part) {
    return String.format(
        Locale.ROOT, "%s%05d%s", FeatureRun.PREFIX, part.index(), FeatureRun.SUFFIX);
  }

  private FeatureShard make(ImagePart part, FeatureExtractor extractor) {
    List<FeatureLayer> layers = extractor.layers();
    int images = Math.toIntExact(part.images());
    float[][] all = new float[layers.size()][];
    for (int i = 0; i < all.length; i++) {
      all[i] = new float[Math.multiplyExact(images, layers.get(i).dimension())];
    }
    int[] labels = new int[images];
    int[] done = new int[1];
    long heap = TaskHeap.bytes();
    FeatureBatches batches =
        new FeatureBatches(
            extractor,
            heap / 4,
            (features, batchLabels) -> {
              for (int i = 0; i < all.length; i++) {
                System.arraycopy(
                    features[i],
                    0,
                    all[i],
                    done[0] * layers.get(i).dimension(),
                    features[i].length);
              }
              for (int label : batchLabels) {
                labels[done[0]++] = label;
              }
            });
    DecodingSink decoding = new DecodingSink(new ImageDecoder(heap / 2), batches);
    String digest = part.read(hadoop.value().get(), decoding);
    ImageTally tally = decoding.tally();
    batches.flush();
    if (done[0] != images) {
      throw new UserException("%s has %d images, expected %d", sourceOf(part), done[0], images);
    }
    String path =
        String.format(
            Locale.ROOT,
            "%s%05d-%s-%d%s",
            FeatureRun.PREFIX,
            part.index(),
            lease.id(),
            TaskContext.get().taskAttemptId(),
            FeatureRun.SUFFIX);
    ArtifactOutput file =
        ArtifactOutput.create(hadoop.value().get(), lease, dir, path, logicalPath(part));
    try (OutputStream out = new BufferedOutputStream(file, 1 << 20)) {
      FeatureFile.write(
          out,
          extractor.identity(),
          layers,
          sourceOf(part) + TallyText.of(tally),
          digest,
          labels,
          all);
    } catch (IOException e) {
      throw new UserException(e, "cannot write %s/%s: %s", dir, path, e.getMessage());
    }
    return new FeatureShard(
        part.index(), images, file.entry().withRecords(images), digest, false, tally);
  }
}

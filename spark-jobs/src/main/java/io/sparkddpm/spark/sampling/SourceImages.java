package io.sparkddpm.spark.sampling;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.medium.ImageMedium;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.DecodedShard;
import io.sparkddpm.spark.data.ShardReader;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * Items of a dataset, mostly images, that samples are made from: sample i from the dataset's item
 * i, and again from the first where the dataset ends. Travels to executors, which read the shards
 * that they need.
 *
 * @param conf of the dataset's file system
 * @param dataset of items as the network draws them
 * @param kept which values of an image are kept, by channel, row and column; null if there is no
 *     mask
 * @param fingerprint of the images and the mask
 */
record SourceImages(HadoopConf conf, Dataset dataset, boolean[] kept, String fingerprint)
    implements Serializable {
  private static final int WHITE_FROM = 128;

  /**
   * Opens a dataset and a mask.
   *
   * @param mask an image, black where a pixel is kept and white where it is drawn anew
   * @param shape of the samples
   * @param medium of the samples
   * @throws UserException if there is no such dataset or mask, or one does not fit the samples
   */
  static SourceImages open(
      Configuration conf, URI images, Optional<URI> mask, Shape shape, Medium medium) {
    Dataset dataset = Dataset.open(conf, images);
    if (!dataset.medium().equals(medium) || !dataset.layout().shape().equals(shape)) {
      throw new UserException(
          "%s has %s of %s, but the samples are %s of %s",
          images, dataset.medium().plural(), dataset.layout().shape(), medium.plural(), shape);
    }
    if (medium instanceof ImageMedium) {
      dataset.requireImages();
    } else if (mask.isPresent()) {
      throw new UserException("masks are for images, and %s holds %s", images, medium.plural());
    }
    if (dataset.size() == 0) {
      throw new UserException("%s has no %s", images, medium.plural());
    }
    byte[] file = mask.map(uri -> bytes(conf, uri)).orElse(new byte[0]);
    boolean[] kept = mask.map(uri -> kept(file, uri, shape)).orElse(null);
    String text = dataset.fingerprint() + "," + Sha256.of(file);
    return new SourceImages(
        HadoopConf.of(conf), dataset, kept, Sha256.of(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Makes sure that there is an image.
   *
   * @throws UserException if there is none of that index
   */
  void requireImage(long index) {
    if (index < 0 || index >= dataset.size()) {
      throw new UserException(
          "%s has the %s 0 to %d, not %d",
          dataset.uri(), dataset.medium().plural(), dataset.size() - 1, index);
    }
  }

  private static byte[] bytes(Configuration conf, URI uri) {
    try (FSDataInputStream in = Locations.fileSystem(conf, uri).open(new Path(uri))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UserException(e, "cannot read the mask %s: %s", uri, e.getMessage());
    }
  }

  private static boolean[] kept(byte[] file, URI uri, Shape shape) {
    ByteImage mask = ImageCodec.decode(file, uri.toString());
    int height = shape.dim(1);
    int width = shape.dim(2);
    if (mask.height() != height || mask.width() != width) {
      throw new UserException(
          "the mask %s must have the size of the images, %d x %d, got %d x %d",
          uri, height, width, mask.height(), mask.width());
    }
    boolean[] kept = new boolean[shape.length()];
    int count = 0;
    for (int i = 0; i < kept.length; i++) {
      int pixel = i % (height * width);
      kept[i] = mask.get(0, pixel / width, pixel % width) < WHITE_FROM;
      count += kept[i] ? 1 : 0;
    }
    if (count == 0 || count == kept.length) {
      throw new UserException(
          "the mask %s is all %s; it must be black where images are kept and white where they are"
              + " drawn anew",
          uri, count == 0 ? "white" : "black");
    }
    return kept;
  }

  /** Reads them, for one thread. */
  Reader reader() {
    return new Reader();
  }

  /** Keeps the shard of the image that it read last. */
  final class Reader {
    private final Configuration hadoop = conf.get();
    private final long[] sizes = dataset.shardSizes();
    private final long size = dataset.size();
    private int loaded = -1;
    private DecodedShard shard;

    private Reader() {}

    /**
     * The images that consecutive samples are made from.
     *
     * @throws UserException naming the file, if a shard is missing or damaged
     */
    Batch read(long first, int count) {
      Batch images = new Batch(count, dataset.layout().shape());
      for (int n = 0; n < count; n++) {
        read((first + n) % size, images, n);
      }
      return images;
    }

    /**
     * Two images.
     *
     * @param first index of the one
     * @param second of the other
     * @throws UserException as {@link #read}
     */
    Batch two(long first, long second) {
      Batch images = new Batch(2, dataset.layout().shape());
      read(first, images, 0);
      read(second, images, 1);
      return images;
    }

    private void read(long image, Batch to, int item) {
      long index = image;
      int number = 0;
      for (; index >= sizes[number]; number++) {
        index -= sizes[number];
      }
      if (number != loaded) {
        shard = ShardReader.read(hadoop, dataset, number);
        loaded = number;
      }
      shard.copy(dataset.layout(), Math.toIntExact(index), to, item);
    }
  }
}

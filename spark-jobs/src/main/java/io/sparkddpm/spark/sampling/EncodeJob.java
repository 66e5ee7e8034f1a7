package io.sparkddpm.spark.sampling;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.NpzWriter;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.ImageGrid;
import io.sparkddpm.solver.SampleConfig;
import io.sparkddpm.spark.session.Broadcasts;
import io.sparkddpm.spark.session.TaskErrors;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.PlainFile;
import io.sparkddpm.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * Follows images of a dataset along the probability-flow ODE to their noise and back, and says how
 * probable they are. What an image gives depends on the image, the weights, the levels and, for the
 * density, the seed and its index alone.
 */
public final class EncodeJob {
  private static final int SHOWN = 10;

  private final SparkSession session;
  private final EngineFactory engine;
  private final URI source;
  private final URI images;
  private final SampleConfig config;
  private final long count;
  private final int probes;

  /**
   * What came of it.
   *
   * @param table index, error and bits per dimension of each image, tab-separated
   * @param noise x at the noisiest level, [N, C, H, W], as {@code noise.npz}
   * @param picture the first images, their noise, and what it gives back
   * @param meanError root of the mean squared error of what came back, in levels of 255
   * @param bitsPerDim mean over the images; NaN where no density was wanted
   */
  public record Result(URI table, URI noise, URI picture, double meanError, double bitsPerDim) {}

  /**
   * @param source a run or a checkpoint
   * @param images a dataset
   * @param config weights, steps and spacing; the solver is Heun's
   * @param count images, from the first
   * @param probes of the divergence for the density; 0: none is computed
   */
  public EncodeJob(
      SparkSession session,
      EngineFactory engine,
      URI source,
      URI images,
      SampleConfig config,
      long count,
      int probes) {
    this.session = session;
    this.engine = engine;
    this.source = source;
    this.images = images;
    this.config = config;
    this.count = count;
    this.probes = probes;
  }

  /**
   * Runs it.
   *
   * @param output directory of the results
   * @throws UserException if there is no such checkpoint, weights or dataset, or they do not fit
   */
  public Result run(URI output) {
    Configuration conf = session.sparkContext().hadoopConfiguration();
    SampleSource from =
        SampleSource.open(
            conf,
            source,
            config,
            SampleOverrides.NONE,
            count,
            engine,
            Optional.of(images),
            Optional.empty(),
            null);
    List<Encoded> all = encode(from.sampler(SampleJob.threads(session)));
    URI table = Locations.resolve(output, "encode.tsv");
    URI noise = Locations.resolve(output, "noise.npz");
    URI picture = Locations.resolve(output, "encode.png");
    PlainFile.write(conf, table, table(all).getBytes(StandardCharsets.UTF_8));
    PlainFile.write(conf, noise, noise(all, from.plan()));
    PlainFile.write(conf, picture, picture(all));
    double squares = all.stream().mapToDouble(e -> e.error() * e.error()).average().orElse(0);
    double bits = all.stream().mapToDouble(Encoded::bitsPerDim).average().orElse(Double.NaN);
    return new Result(table, noise, picture, Math.sqrt(squares), bits);
  }

  private List<Encoded> encode(ShardSampler sampler) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    spark.setJobDescription(String.format(Locale.ROOT, "encode: %d images", count));
    Broadcast<ShardSampler> broadcast = spark.broadcast(sampler);
    List<SamplePlan.Shard> shards = sampler.plan().shards();
    int perImage = probes;
    try {
      List<Encoded> all = new ArrayList<>();
      spark
          .parallelize(shards, shards.size())
          .map(shard -> broadcast.value().encode(shard, perImage))
          .collect()
          .forEach(all::addAll);
      return all;
    } catch (Exception e) { // Scala's collect declares none, but throws checked ones
      throw TaskErrors.reported(e)
          .orElseGet(() -> new IllegalStateException("encoding failed: " + e.getMessage(), e));
    } finally {
      Broadcasts.destroy(broadcast);
      spark.setJobDescription(null);
    }
  }

  private static String table(List<Encoded> all) {
    StringBuilder text = new StringBuilder("index\terror\tbits-per-dim\n");
    for (Encoded e : all) {
      text.append(
          String.format(
              Locale.ROOT,
              "%d\t%.6f\t%s%n",
              e.index(),
              e.error(),
              Double.isNaN(e.bitsPerDim())
                  ? ""
                  : String.format(Locale.ROOT, "%.6f", e.bitsPerDim())));
    }
    return text.toString();
  }

  private static byte[] noise(List<Encoded> all, SamplePlan plan) {
    Shape shape = plan.network().inputShape();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (NpzWriter writer = new NpzWriter(bytes)) {
      writer.begin(
          "noise", NpyArray.Type.FLOAT32, all.size(), shape.dim(0), shape.dim(1), shape.dim(2));
      for (Encoded e : all) {
        ByteBuffer values =
            ByteBuffer.allocate(Float.BYTES * e.noise().length).order(ByteOrder.LITTLE_ENDIAN);
        values.asFloatBuffer().put(e.noise());
        writer.write(values.array(), 0, values.capacity());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // into memory
    }
    return bytes.toByteArray();
  }

  private static byte[] picture(List<Encoded> all) {
    List<ByteImage> rows = new ArrayList<>();
    int columns = Math.min(SHOWN, all.size());
    for (int row = 0; row < 3; row++) {
      for (Encoded e : all.subList(0, columns)) {
        byte[] png = row == 0 ? e.image() : row == 1 ? e.picture() : e.decoded();
        rows.add(ShardSampler.visible(ImageCodec.decode(png, "image " + e.index())));
      }
    }
    return ImageCodec.encodePng(ImageGrid.compose(rows, columns, 2));
  }
}

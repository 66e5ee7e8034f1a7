package io.sparkddpm.spark.evaluation.features;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.executor.GpuBinding;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.statistics.Encoder;
import io.sparkddpm.statistics.EncoderFeatures;
import io.sparkddpm.statistics.ExtractorIdentity;
import io.sparkddpm.statistics.FeatureExtractor;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.RandomConvFeatures;
import io.sparkddpm.statistics.ResizeMode;
import io.sparkddpm.statistics.inception.InceptionEngine;
import io.sparkddpm.statistics.inception.InceptionGraph;
import io.sparkddpm.statistics.inception.InceptionLayer;
import io.sparkddpm.statistics.inception.InceptionV3;
import io.sparkddpm.statistics.inception.InceptionWeights;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * An extractor as it travels to executors: the network's file as bytes, or nothing for the random
 * network.
 */
public final class ExtractorSpec implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final int HASH_DIGITS = 8;

  /** The engine of the random network. */
  private static final String RANDOM = "jvm";

  /** How TorchScript files begin, which are zip files. */
  private static final byte[] SCRIPT = {'P', 'K'};

  private final byte[] graph; // null for the random network
  private final ResizeMode resize;
  private final int batch;
  private final int side; // of a user's network; 0 for others
  private final InceptionEngine engine;
  private final Description description;

  /**
   * What results record of the extractor, small enough for every task.
   *
   * @param identity of the network
   * @param layers that it gives; the first one is what the main distance is over
   * @param file of the network, for messages; empty for the random one
   * @param published whether the file may be the published one
   * @param engine what computes it: decides the last bits
   */
  public record Description(
      ExtractorIdentity identity,
      List<FeatureLayer> layers,
      String file,
      boolean published,
      String engine)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    public Description {
      layers = new ArrayList<>(layers); // serialised by Java and by Kryo
    }

    public String name() {
      return identity.name();
    }

    public String weights() {
      return identity.weights();
    }

    public String resize() {
      return identity.resize();
    }

    public FeatureLayer featureLayer() {
      return layers.get(0);
    }

    public String layer() {
      return featureLayer().name();
    }

    public int dimension() {
      return featureLayer().dimension();
    }

    public String metric() {
      return featureLayer().metric();
    }

    public String layerNames() {
      return layers.stream().map(FeatureLayer::name).collect(Collectors.joining(", "));
    }

    /** The layer of that name, if the extractor gives it. */
    public Optional<FeatureLayer> find(String layer) {
      return layers.stream().filter(l -> l.name().equals(layer)).findFirst();
    }
  }

  private ExtractorSpec(
      byte[] graph,
      ResizeMode resize,
      int batch,
      int side,
      InceptionEngine engine,
      Description description) {
    this.graph = graph;
    this.resize = resize;
    this.batch = batch;
    this.side = side;
    this.engine = engine;
    this.description = description;
  }

  /**
   * Reads and checks the network, here on the driver.
   *
   * @param inception the TensorFlow graph, a TorchScript file of another network, or none for the
   *     random one
   * @param also layers in addition to the configured one; none for the random network
   * @param engine what computes it; the random one has its own
   * @throws UserException if the file is missing, truncated, foreign or unknown
   */
  public static ExtractorSpec of(
      Configuration conf,
      Optional<URI> inception,
      FidConfig config,
      List<InceptionLayer> also,
      InceptionEngine engine) {
    if (inception.isEmpty()) {
      checkArgument(also.isEmpty(), "the random network has none of the layers %s", also);
      try (RandomConvFeatures random = new RandomConvFeatures()) {
        Description description =
            new Description(random.identity(), random.layers(), "", false, RANDOM);
        return new ExtractorSpec(null, config.resize(), 0, 0, engine, description);
      }
    }
    String file = inception.get().toString();
    byte[] bytes = read(conf, inception.get());
    if (Arrays.equals(bytes, 0, Math.min(2, bytes.length), SCRIPT, 0, 2)) {
      return ofScript(bytes, file, config, also, engine);
    }
    List<InceptionLayer> wanted = new ArrayList<>();
    wanted.add(InceptionLayer.of(config.layer()));
    also.stream().filter(layer -> !wanted.contains(layer)).forEach(wanted::add);
    InceptionGraph graph = InceptionGraph.parse(bytes, file);
    Set<InceptionLayer> known = graph.publishedLayers();
    boolean published = known.contains(InceptionLayer.L2048);
    if (!published && !config.unknownNetwork()) {
      throw new UserException(
          "%s is not the published network (classify_image_graph_def.pb, %d bytes; this file has %d"
              + " and SHA-256 %s); to use it all the same say so (--unknown-network, or"
              + " fid.unknown-network=true): results will name it",
          file, InceptionGraph.PUBLISHED_SIZE, bytes.length, graph.sha256());
    }
    List<FeatureLayer> layers = wanted.stream().map(l -> l.describe(known.contains(l))).toList();
    Description description =
        new Description(graph.identity(config.resize()), layers, file, published, engine.name());
    return new ExtractorSpec(bytes, config.resize(), config.batchSize(), 0, engine, description);
  }

  /** A network of the user's, which is known by its file's hash; run once for its dimension. */
  private static ExtractorSpec ofScript(
      byte[] script,
      String file,
      FidConfig config,
      List<InceptionLayer> also,
      InceptionEngine engine) {
    if (!also.isEmpty() || !config.layer().equals(FidConfig.DEFAULTS.layer())) {
      throw new UserException(
          "%s has one output: the layers and metrics of Inception (fid.layer, sfid, is) do not go"
              + " with it",
          file);
    }
    int side = config.encoderSize();
    String hash = Sha256.of(script);
    String resize = config.resize().modeName();
    ExtractorIdentity identity = new ExtractorIdentity("torchscript-" + side, hash, resize);
    int dimension;
    try (Encoder encoder = engine.encoder(script, file)) {
      dimension = EncoderFeatures.dimension(encoder, side, config.batchSize());
    }
    String metric = "fd-torchscript-" + hash.substring(0, HASH_DIGITS);
    List<FeatureLayer> layers = List.of(new FeatureLayer("output", dimension, metric));
    Description description = new Description(identity, layers, "", false, engine.name());
    return new ExtractorSpec(
        script, config.resize(), config.batchSize(), side, engine, description);
  }

  private static byte[] read(Configuration conf, URI uri) {
    try (FSDataInputStream in = Locations.fileSystem(conf, uri).open(new Path(uri))) {
      return in.readAllBytes();
    } catch (FileNotFoundException e) {
      throw new UserException(
          e,
          "the network %s does not exist; it is classify_image_graph_def.pb of the archive"
              + " inception-2015-12-05.tgz",
          uri);
    } catch (IOException e) {
      throw new UserException(e, "cannot read the network %s: %s", uri, e.getMessage());
    }
  }

  public Description description() {
    return description;
  }

  /** Equal for extractors that can replace each other in a process. */
  String key() {
    return description.identity()
        + ", layers "
        + description.layerNames()
        + ", batch "
        + batch
        + ", engine "
        + description.engine();
  }

  /** A network in this process; extractors share its weights. Thread-safe. */
  interface Loaded extends AutoCloseable {
    /** A new extractor. */
    FeatureExtractor extractor();

    @Override
    void close();
  }

  /** Loads the network. */
  Loaded load() {
    if (graph == null) {
      return new LoadedNetwork(RandomConvFeatures::new, () -> {});
    }
    InceptionEngine bound = GpuBinding.here().bind(engine);
    if (side > 0) {
      Encoder encoder = bound.encoder(graph, description.name());
      return new LoadedNetwork(
          () ->
              new EncoderFeatures(
                  encoder, description.identity(), description.featureLayer(), side, batch, resize),
          encoder::close);
    }
    InceptionWeights weights = bound.load(InceptionGraph.parse(graph, description.file()));
    List<InceptionLayer> layers =
        description.layers().stream().map(l -> InceptionLayer.of(l.name())).toList();
    return new LoadedNetwork(() -> new InceptionV3(weights, layers, batch, resize), weights::close);
  }

  private record LoadedNetwork(Supplier<FeatureExtractor> extractors, Runnable free)
      implements Loaded {
    @Override
    public FeatureExtractor extractor() {
      return extractors.get();
    }

    @Override
    public void close() {
      free.run();
    }
  }
}

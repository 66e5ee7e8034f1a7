package io.sparkddpm.spark.evaluation.features;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.executor.GpuBinding;
import io.sparkddpm.spark.store.Locations;
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
import java.util.List;
import java.util.Optional;
import java.util.Set;
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

  /** The engine of the random network. */
  private static final String RANDOM = "jvm";

  private final byte[] graph; // null for the random network
  private final ResizeMode resize;
  private final int batch;
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
      byte[] graph, ResizeMode resize, int batch, InceptionEngine engine, Description description) {
    this.graph = graph;
    this.resize = resize;
    this.batch = batch;
    this.engine = engine;
    this.description = description;
  }

  /**
   * Reads and checks the network, here on the driver.
   *
   * @param inception the TensorFlow graph, or none for the random network
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
        return new ExtractorSpec(null, config.resize(), 0, engine, description);
      }
    }
    List<InceptionLayer> wanted = new ArrayList<>();
    wanted.add(InceptionLayer.of(config.layer()));
    also.stream().filter(layer -> !wanted.contains(layer)).forEach(wanted::add);
    String file = inception.get().toString();
    byte[] bytes = read(conf, inception.get());
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
    return new ExtractorSpec(bytes, config.resize(), config.batchSize(), engine, description);
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

  boolean isRandom() {
    return graph == null;
  }

  InceptionWeights loadWeights() {
    return GpuBinding.here().bind(engine).load(InceptionGraph.parse(graph, description.file()));
  }

  /**
   * Makes an extractor.
   *
   * @param weights of {@link #loadWeights}; null for the random network
   */
  FeatureExtractor create(InceptionWeights weights) {
    return isRandom()
        ? new RandomConvFeatures()
        : new InceptionV3(
            weights,
            description.layers().stream().map(l -> InceptionLayer.of(l.name())).toList(),
            batch,
            resize);
  }
}

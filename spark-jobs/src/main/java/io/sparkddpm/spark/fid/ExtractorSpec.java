package io.sparkddpm.spark.fid;

import io.sparkddpm.error.UserException;
import io.sparkddpm.fid.ExtractorIdentity;
import io.sparkddpm.fid.FeatureExtractor;
import io.sparkddpm.fid.FeatureLayer;
import io.sparkddpm.fid.RandomConvFeatures;
import io.sparkddpm.fid.network.InceptionGraph;
import io.sparkddpm.fid.network.InceptionLayer;
import io.sparkddpm.fid.network.InceptionV3;
import io.sparkddpm.fid.network.InceptionWeights;
import io.sparkddpm.spark.store.Locations;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * An extractor as it travels to executors: the network's file as bytes, or nothing for the random
 * network.
 */
final class ExtractorSpec implements Serializable {
  private static final long serialVersionUID = 1L;

  private final byte[] graph; // null for the random network
  private final String file;
  private final String layer;
  private final int batch;
  private final Description description;

  /**
   * What results say of the extractor, small enough for every task.
   *
   * @param name of the network
   * @param weights hash of the network's file, or the seed of the random one
   * @param resize mode
   * @param layer its name
   * @param dimension of its features
   * @param metric what a distance is called
   * @param file of the network, for messages; empty for the random one
   * @param published whether the file may be the published one, by its size
   */
  record Description(
      String name,
      String weights,
      String resize,
      String layer,
      int dimension,
      String metric,
      String file,
      boolean published)
      implements Serializable {

    ExtractorIdentity identity() {
      return new ExtractorIdentity(name, weights, resize);
    }

    FeatureLayer featureLayer() {
      return new FeatureLayer(layer, dimension, metric);
    }

    /** Whether statistics by that extractor and layer may be compared with ours. */
    boolean matches(ExtractorIdentity other, FeatureLayer otherLayer) {
      return identity().equals(other) && featureLayer().equals(otherLayer);
    }
  }

  private ExtractorSpec(byte[] graph, String file, String layer, int batch, Description of) {
    this.graph = graph;
    this.file = file;
    this.layer = layer;
    this.batch = batch;
    this.description = of;
  }

  /**
   * Reads and checks the network, here on the driver.
   *
   * @param inception the TensorFlow graph, or none for the random network
   * @throws UserException if the file is missing, truncated or foreign, or has no such layer
   */
  static ExtractorSpec of(Configuration conf, Optional<URI> inception, FidConfig config) {
    if (inception.isEmpty()) {
      try (RandomConvFeatures random = new RandomConvFeatures()) {
        return new ExtractorSpec(
            null, "", "", 0, describe(random.identity(), random.layers().get(0), "", false));
      }
    }
    InceptionLayer layer = InceptionLayer.of(config.layer());
    String file = inception.get().toString();
    byte[] bytes = read(conf, inception.get());
    InceptionGraph graph = InceptionGraph.parse(bytes, file);
    graph.check();
    boolean published = graph.hasPublishedSize();
    Description description =
        describe(graph.identity(), layer.describe(published), file, published);
    return new ExtractorSpec(bytes, file, config.layer(), config.batchSize(), description);
  }

  private static Description describe(
      ExtractorIdentity identity, FeatureLayer layer, String file, boolean published) {
    return new Description(
        identity.name(),
        identity.weights(),
        identity.resize(),
        layer.name(),
        layer.dimension(),
        layer.metric(),
        file,
        published);
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

  Description description() {
    return description;
  }

  /** Equal for extractors that may stand in for each other in a process. */
  String key() {
    return description.identity() + ", layer " + description.layer() + ", batch " + batch;
  }

  boolean isRandom() {
    return graph == null;
  }

  InceptionWeights loadWeights() {
    return new InceptionWeights(InceptionGraph.parse(graph, file));
  }

  /**
   * Makes an extractor.
   *
   * @param weights of {@link #loadWeights}; null for the random network
   */
  FeatureExtractor create(InceptionWeights weights) {
    return isRandom()
        ? new RandomConvFeatures()
        : new InceptionV3(weights, List.of(InceptionLayer.of(layer)), batch);
  }
}

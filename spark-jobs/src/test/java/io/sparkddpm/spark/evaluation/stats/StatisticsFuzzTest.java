package io.sparkddpm.spark.evaluation.stats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.Npy;
import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageTally;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.evaluation.features.FeatureShard;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.spark.evaluation.job.FidResult;
import io.sparkddpm.spark.evaluation.job.FidResultJson;
import io.sparkddpm.spark.evaluation.metric.ClassDistance;
import io.sparkddpm.spark.evaluation.metric.ClassMetric;
import io.sparkddpm.spark.evaluation.metric.FrechetMetric;
import io.sparkddpm.spark.evaluation.metric.KernelMetric;
import io.sparkddpm.spark.evaluation.metric.Measures;
import io.sparkddpm.spark.evaluation.metric.Metrics;
import io.sparkddpm.spark.evaluation.metric.SpatialMetric;
import io.sparkddpm.spark.input.Mutants;
import io.sparkddpm.statistics.CovarianceCheck;
import io.sparkddpm.statistics.ExtractorIdentity;
import io.sparkddpm.statistics.FeatureFile;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.FrechetDistance;
import io.sparkddpm.statistics.StatisticsFile;
import io.sparkddpm.statistics.inception.InceptionGraph;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.shade.protobuf.ByteString;
import org.tensorflow.framework.AttrValue;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.GraphDef;
import org.tensorflow.framework.NodeDef;
import org.tensorflow.framework.TensorProto;
import org.tensorflow.framework.TensorShapeProto;

/** Damaged statistics, features, networks and results end in what they hold or a refusal. */
@Timeout(120) // only a hang takes as long
class StatisticsFuzzTest {
  private static final Configuration CONF = new Configuration();
  private static final URI FILE = URI.create("file:///s");
  private static final long MOST = 4L << 20;
  private static final long BUFFERS = 16L << 20; // rows of the widest layer, as bytes and as floats
  private static final int D = 6;
  private static final int IMAGES = 40;
  private static final ExtractorIdentity NETWORK = new ExtractorIdentity("network", "abc", "tf1");
  private static final FeatureLayer LAYER = new FeatureLayer("layer", D, "FID-layer");

  @TempDir private Path temp;

  private static float[] features() {
    float[] values = new float[IMAGES * D];
    RandomStream.of(3, Purpose.FEATURES).fillGaussian(values, 0, values.length);
    return values;
  }

  private static StatisticsFile statistics() {
    return new StatisticsFile(NETWORK, LAYER, FeatureStatistics.of(features(), D));
  }

  /** What passes has a distance. */
  private static void use(StatisticsFile file) {
    ReferenceStats.requireReal(file, FILE);
    if (file.statistics().count() >= 2) {
      FrechetDistance.Gaussian.of(file.statistics());
    }
  }

  @Test
  void statisticsFiles() {
    byte[] whole = statistics().toBytes();
    Mutants.forEach(
        "statistics", whole, MOST, mutant -> use(StatisticsFile.fromBytes(mutant, "s.stats")));
    byte[] huge = whole.clone();
    int dimension = whole.length - 8 * (1 + D + D * (D + 1) / 2) - 4;
    huge[dimension + 2] = 0x4E; // 19,974 dimensions, 1.6 GB
    try {
      StatisticsFile.fromBytes(huge, "s.stats");
    } catch (UserException e) {
      assertEquals("s.stats: truncated file of feature statistics", e.getMessage());
    }
  }

  /** Arrays are past the archive's checksums: their headers, values and what says their origin. */
  @Test
  void npzStatistics() {
    FeatureStatistics moments = statistics().statistics();
    String origin = "network\nabc\ntf1\nlayer\nFID-layer\n6\n40";
    byte[] text = origin.getBytes(StandardCharsets.UTF_8);
    Map<String, NpyArray> arrays =
        Map.of(
            "mu", NpyArray.of(moments.mean(), D),
            "sigma", NpyArray.of(moments.covariance(), D, D),
            "origin", NpyArray.of(text, text.length));
    NpzStatistics.Claim claim =
        new NpzStatistics.Claim(
            Optional.empty(), Optional.empty(), Optional.empty(), "2048", false);
    for (String name : List.of("mu", "sigma", "origin")) {
      Mutants.forEach(
          "npz statistics, " + name,
          Npy.write(arrays.get(name)),
          MOST,
          mutant -> {
            Map<String, NpyArray> some = new HashMap<>(arrays);
            some.put(name, Npy.read(new ByteArrayInputStream(mutant), "s.npz"));
            use(NpzStatistics.statistics(CONF, some, claim, FILE));
          });
    }
  }

  private static byte[] featureFile() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FeatureFile.write(
        out,
        NETWORK,
        List.of(LAYER),
        "images",
        "digest",
        new int[IMAGES],
        new float[][] {features()});
    return out.toByteArray();
  }

  @Test
  void featureFilesWhoseHashTells() throws IOException {
    float[] right = features();
    Mutants.forEach(
        "features",
        featureFile(),
        BUFFERS,
        mutant -> {
          float[] read = new float[right.length];
          FeatureFile.scan(
              new ByteArrayInputStream(mutant),
              "f",
              "layer",
              (values, first, count) -> {
                int length = Math.min(count * D, read.length - first * D);
                System.arraycopy(values, 0, read, first * D, Math.max(0, length));
              });
          assertArrayEquals(right, read);
        });
  }

  /** Rows from the middle, which no hash covers: nothing is allocated by what a header claims. */
  @Test
  void rowsOfFeatureFiles() throws IOException {
    Path file = temp.resolve("f.features");
    byte[] whole = featureFile();
    FileEntry entry = new FileEntry("f.features", whole.length, Sha256.of(whole));
    FeatureShard shard = new FeatureShard(0, IMAGES, entry, "digest", true, ImageTally.NONE);
    FeatureStore store = new FeatureStore(temp.toUri(), List.of(shard));
    Mutants.forEach(
        "rows of features",
        whole,
        MOST,
        mutant -> {
          Files.write(file, mutant);
          assertEquals(IMAGES, store.labels(CONF, shard).length);
          assertEquals(3 * D, store.range(CONF, "layer", 7, 10).length);
        });
  }

  private static NodeDef constant(String name, float value, int... shape) {
    TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
    for (int size : shape) {
      dims.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    TensorProto tensor =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(dims)
            .addFloatVal(value)
            .build();
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Const")
        .putAttr("value", AttrValue.newBuilder().setTensor(tensor).build())
        .build();
  }

  private static AttrValue.Builder attribute() {
    return AttrValue.newBuilder();
  }

  /** The first convolution; the next one is not there. */
  private static byte[] graph() {
    AttrValue.ListValue strides =
        AttrValue.ListValue.newBuilder().addI(1).addI(2).addI(2).addI(1).build();
    NodeDef conv =
        NodeDef.newBuilder()
            .setName("conv/Conv2D")
            .setOp("Conv2D")
            .addInput("x")
            .addInput("w")
            .putAttr("strides", attribute().setList(strides).build())
            .putAttr("padding", attribute().setS(ByteString.copyFromUtf8("VALID")).build())
            .build();
    NodeDef norm =
        NodeDef.newBuilder()
            .setName("conv/batchnorm")
            .setOp("BatchNormWithGlobalNormalization")
            .addInput("conv/Conv2D")
            .addInput("m")
            .addInput("v")
            .addInput("b")
            .addInput("g")
            .putAttr("variance_epsilon", attribute().setF(0.001f).build())
            .putAttr("scale_after_normalization", attribute().setB(false).build())
            .build();
    GraphDef.Builder graph = GraphDef.newBuilder().addNode(conv).addNode(norm);
    graph.addNode(constant("w", 0.1f, 3, 3, 3, 32));
    for (String name : List.of("m", "v", "b", "g")) {
      graph.addNode(constant(name, 1, 32));
    }
    return graph.build().toByteArray();
  }

  @Test
  void tensorFlowGraphs() {
    String next = "it has no node 'conv_1/Conv2D'";
    Mutants.forEach(
        "TensorFlow graph",
        graph(),
        80L << 20, // a constant may say that it repeats one value, as often as the largest has any
        mutant -> {
          try {
            InceptionGraph.parse(mutant, "net.pb").check();
          } catch (UserException e) {
            assertTrue(e.getMessage().startsWith("net.pb: "), e.getMessage());
            if (!e.getMessage().endsWith(next)) {
              throw e;
            } // else the first convolution was read
          }
        });
  }

  @Test
  void resultsOfEarlierRuns() {
    FeatureStatistics moments = statistics().statistics();
    assertEquals(Optional.empty(), CovarianceCheck.problem(moments));
    FidResult.Side side = new FidResult.Side(FILE, "folder", "abc", IMAGES, "engine");
    Measures measures =
        new Measures(
            List.of(
                new FrechetMetric.Distance(
                    "FID", FrechetDistance.between(moments, moments), Optional.empty()),
                new SpatialMetric.Distance("sFID", 1.5),
                new KernelMetric.Kid(
                    0.1, Optional.of(new KernelMetric.Subsets(0.1, 0.01, 3, 20, 0))),
                new ClassMetric.Distances(
                    new TreeMap<>(Map.of(2, new ClassDistance(2, "cat", 20, 20, 3.5))))));
    FidResult result =
        new FidResult(
            measures,
            "2048",
            D,
            "tf1",
            "network",
            "abc",
            side,
            side,
            new TreeMap<>(),
            List.of("few"),
            1,
            Optional.empty());
    Mutants.forEach(
        "fid.json",
        FidResultJson.write(List.of(result)),
        MOST,
        mutant -> FidResultJson.read(mutant, FILE, Metrics.KNOWN));
  }
}

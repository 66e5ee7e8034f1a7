package io.sparkddpm.spark.evaluation.stats;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.archive.NpzWriter;
import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.FidConfig;
import io.sparkddpm.spark.evaluation.features.ExtractorSpec;
import io.sparkddpm.spark.input.HadoopChannel;
import io.sparkddpm.spark.input.Inputs;
import io.sparkddpm.spark.store.Locations;
import io.sparkddpm.spark.store.PlainFile;
import io.sparkddpm.statistics.ExtractorIdentity;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.StatisticsFile;
import io.sparkddpm.statistics.inception.OneDnnInception;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Statistics as other tools keep them: an .npz file with mu [D] and the unbiased covariance sigma
 * [D, D]. Such a file does not say by which network and resize it was made, nor from how many
 * images; ours say it in a third array, {@code origin}, which the others pass over. Needs no Spark.
 */
public final class NpzStatistics {
  private static final String MU = "mu";
  private static final String SIGMA = "sigma";
  private static final String ORIGIN = "origin";

  /** Sigma comes in float32 from some tools: rounding may part the triangles that far. */
  private static final double SYMMETRY = 1e-5;

  private NpzStatistics() {}

  /**
   * What the user knows of a file.
   *
   * @param origin the tool that wrote it
   * @param images that went in
   * @param inception the network's file, whose hash the statistics will carry
   * @param layer of the network
   * @param unknownNetwork whether to accept a file that is not the published network
   */
  public record Claim(
      Optional<NpzOrigin> origin,
      Optional<Long> images,
      Optional<URI> inception,
      String layer,
      boolean unknownNetwork) {}

  /** Imports a file as an artefact of statistics; the result is as for {@link StatisticsMerge}. */
  public static StatisticsMerge.Result importFile(
      Configuration conf, URI npz, Claim claim, URI output) {
    URI from = Locations.qualify(conf, npz);
    Inputs.status(conf, from);
    StatisticsFile file = statistics(conf, arrays(conf, from), claim, from);
    Manifest.Builder manifest =
        ReferenceStats.describe(Manifest.builder(ArtifactKind.STATS), file)
            .input(from.toString(), sha256(conf, from))
            .property("input-kind", "npz statistics");
    URI to = Locations.qualify(conf, output);
    StatisticsMerge.write(conf, to, manifest, List.of(file));
    return new StatisticsMerge.Result(to, file.statistics().count(), file.layer().metric());
  }

  /** What a file's arrays hold. */
  static StatisticsFile statistics(
      Configuration conf, Map<String, NpyArray> arrays, Claim claim, URI from) {
    if (!arrays.containsKey(MU) || !arrays.containsKey(SIGMA)) {
      throw new UserException("%s has no mu and sigma; it has %s", from, arrays.keySet());
    }
    Label label =
        arrays.containsKey(ORIGIN)
            ? Label.read(arrays.get(ORIGIN), from).checked(claim, from)
            : Label.of(conf, claim, from);
    double[] mu = arrays.get(MU).toDoubles();
    double[] sigma = arrays.get(SIGMA).toDoubles();
    check(mu, arrays, sigma, label, from);
    FeatureStatistics statistics = FeatureStatistics.ofCovariance(label.images, mu, sigma);
    StatisticsFile file = new StatisticsFile(label.extractor, label.layer, statistics);
    ReferenceStats.requireReal(file, from);
    return file;
  }

  /**
   * Writes statistics as mu and sigma in float64.
   *
   * @throws UserException if they are of fewer than 2 images, or the file is there already
   */
  public static void exportFile(Configuration conf, URI statistics, URI npz) {
    URI from = Locations.qualify(conf, statistics);
    URI to = Locations.qualify(conf, npz);
    StatisticsFile file = ReferenceStats.read(conf, from);
    FeatureStatistics moments = file.statistics();
    if (moments.count() < 2) {
      throw new UserException("%s: %d image has no covariance", from, moments.count());
    }
    int d = moments.dimension();
    refuseToReplace(conf, to);
    PlainFile.write(
        conf,
        to,
        out -> {
          try (NpzWriter writer = new NpzWriter(out)) {
            writer.add(MU, NpyArray.of(moments.mean(), d));
            writer.add(SIGMA, NpyArray.of(moments.covariance(), d, d));
            writer.add(ORIGIN, new Label(file.extractor(), file.layer(), moments.count()).write());
          }
        });
  }

  private static void refuseToReplace(Configuration conf, URI file) {
    try {
      if (Locations.fileSystem(conf, file).exists(new Path(file))) {
        throw new UserException(
            "%s is there already; choose another file or delete it first", file);
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", file, e.getMessage());
    }
  }

  /** What made the features, and of how many images. */
  private record Label(ExtractorIdentity extractor, FeatureLayer layer, long images) {
    NpyArray write() {
      String text =
          String.join(
              "\n",
              extractor.name(),
              extractor.weights(),
              extractor.resize(),
              layer.name(),
              layer.metric(),
              Integer.toString(layer.dimension()),
              Long.toString(images));
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return NpyArray.of(bytes, bytes.length);
    }

    static Label read(NpyArray array, URI from) {
      String[] lines = new String(array.data(), StandardCharsets.UTF_8).split("\n", -1);
      try {
        return new Label(
            new ExtractorIdentity(lines[0], lines[1], lines[2]),
            new FeatureLayer(lines[3], Integer.parseInt(lines[5]), lines[4]),
            Long.parseLong(lines[6]));
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        throw new UserException(e, "%s: its array 'origin' cannot be read", from);
      }
    }

    Label checked(Claim claim, URI from) {
      if (images < 2) {
        throw new UserException(
            "%s says that it is of %d images; a covariance needs at least 2", from, images);
      }
      claim
          .origin()
          .filter(o -> !o.resize().equals(extractor.resize()))
          .ifPresent(
              o -> {
                throw new UserException(
                    "%s says that it was made with resize %s; %s resizes by %s",
                    from, extractor.resize(), o.toolName(), o.resize());
              });
      claim
          .images()
          .filter(n -> n != images)
          .ifPresent(
              n -> {
                throw new UserException("%s says that it is of %d images, not %d", from, images, n);
              });
      return this;
    }

    static Label of(Configuration conf, Claim claim, URI from) {
      if (claim.origin().isEmpty() || claim.images().isEmpty() || claim.inception().isEmpty()) {
        throw new UserException(
            "%s does not say how it was made: name the tool (--origin), the number of images"
                + " (--images) and the network's file (--inception)",
            from);
      }
      FidConfig config =
          FidConfig.DEFAULTS.withLayer(claim.layer()).withUnknownNetwork(claim.unknownNetwork());
      URI network = Locations.qualify(conf, claim.inception().get());
      ExtractorSpec.Description ours =
          ExtractorSpec.of(conf, Optional.of(network), config, List.of(), new OneDnnInception())
              .description();
      if (claim.images().get() < 2) {
        throw new UserException(
            "a covariance needs at least 2 images, got %d", claim.images().get());
      }
      return new Label(
          new ExtractorIdentity(ours.name(), ours.weights(), claim.origin().get().resize()),
          ours.featureLayer(),
          claim.images().get());
    }
  }

  private static String sha256(Configuration conf, URI uri) {
    MessageDigest digest = Sha256.digest();
    try (InputStream in = Locations.fileSystem(conf, uri).open(new Path(uri))) {
      new DigestInputStream(in, digest).transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", uri, e.getMessage());
    }
    return Sha256.hex(digest);
  }

  private static Map<String, NpyArray> arrays(Configuration conf, URI uri) {
    try {
      return Npz.read(new HadoopChannel(conf, uri), uri.toString());
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", uri, e.getMessage());
    }
  }

  private static void requireShape(
      String name, Map<String, NpyArray> arrays, URI from, int... shape) {
    int[] found = arrays.get(name).shape();
    if (!Arrays.equals(found, shape)) {
      throw new UserException(
          "%s: %s must have shape %s, got %s",
          from, name, Arrays.toString(shape), Arrays.toString(found));
    }
  }

  private static void check(
      double[] mu, Map<String, NpyArray> arrays, double[] sigma, Label label, URI from) {
    int d = mu.length;
    if (d != label.layer.dimension()) {
      throw new UserException(
          "%s has means of %d values; layer %s has %d",
          from, d, label.layer.name(), label.layer.dimension());
    }
    requireShape(MU, arrays, from, d);
    requireShape(SIGMA, arrays, from, d, d);
    for (int i = 0; i < d; i++) {
      double variance = sigma[i * d + i];
      if (!Double.isFinite(mu[i]) || !(variance >= 0 && variance < Double.POSITIVE_INFINITY)) {
        throw new UserException(
            "%s: value %d has mean %s and variance %s", from, i, mu[i], variance);
      }
      for (int j = 0; j < i; j++) {
        if (!Double.isFinite(sigma[i * d + j]) || !Double.isFinite(sigma[j * d + i])) {
          throw new UserException(
              "%s: sigma holds %s at [%d, %d] and %s at [%d, %d]",
              from, sigma[i * d + j], i, j, sigma[j * d + i], j, i);
        }
        double scale = Math.sqrt(variance * sigma[j * d + j]);
        double apart = Math.abs(sigma[i * d + j] - sigma[j * d + i]);
        if (!(apart <= SYMMETRY * scale + Double.MIN_NORMAL)) {
          throw new UserException(
              "%s: sigma is not symmetric: [%d, %d] is %s, [%d, %d] is %s",
              from, i, j, sigma[i * d + j], j, i, sigma[j * d + i]);
        }
      }
    }
  }
}

package io.sparkddpm.spark.evaluation.stats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.archive.NpzWriter;
import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.statistics.ExtractorIdentity;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.StatisticsFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatisticsMergeTest {
  private static final Configuration CONF = new Configuration();
  private static final int D = 24;
  private static final ExtractorIdentity NETWORK = new ExtractorIdentity("network", "abc", "tf1");

  @TempDir private Path temp;

  private static float[] features(int day, int count) {
    RandomStream random = RandomStream.of(11, Purpose.FEATURES, day);
    float[] values = new float[count * D];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (30 + day + 0.1 * random.nextGaussian() * (1 + i % D));
    }
    return values;
  }

  private URI write(String name, ExtractorIdentity network, float[] features) {
    URI dir = temp.resolve(name).toUri();
    StatisticsFile file =
        new StatisticsFile(
            network, new FeatureLayer("layer", D, "FID-layer"), FeatureStatistics.of(features, D));
    Manifest.Builder manifest = ReferenceStats.describe(Manifest.builder(ArtifactKind.STATS), file);
    StatisticsMerge.write(CONF, dir, manifest, List.of(file, beside(network, features)));
    return dir;
  }

  /** A second layer: the first three values of each vector. */
  private static StatisticsFile beside(ExtractorIdentity network, float[] features) {
    float[] some = new float[features.length / D * 3];
    for (int i = 0; i < some.length; i++) {
      some[i] = features[i / 3 * D + i % 3];
    }
    return new StatisticsFile(
        network, new FeatureLayer("some", 3, "FD-some"), FeatureStatistics.of(some, 3));
  }

  private static void assertClose(FeatureStatistics expected, FeatureStatistics actual) {
    assertEquals(expected.count(), actual.count());
    double[] mean = expected.mean();
    double[] covariance = expected.covariance();
    double[] actualCovariance = actual.covariance();
    for (int i = 0; i < D; i++) {
      assertEquals(mean[i], actual.mean()[i], 1e-10 * Math.abs(mean[i]));
      for (int j = 0; j < D; j++) {
        double scale = Math.sqrt(covariance[i * D + i] * covariance[j * D + j]);
        assertEquals(covariance[i * D + j], actualCovariance[i * D + j], 1e-10 * scale);
      }
    }
  }

  @Test
  void statisticsThatNameNoEngineStandBesideAnyButMakeTheSumUnnamed() {
    assertFalse(ReferenceStats.differ("dl4j", ReferenceStats.FOREIGN_ENGINE));
    assertTrue(ReferenceStats.differ("dl4j", "torch-float32-cpu"));
    URI unnamed = write("unnamed", NETWORK, features(0, 50));
    URI named = temp.resolve("named").toUri();
    StatisticsFile file =
        new StatisticsFile(
            NETWORK,
            new FeatureLayer("layer", D, "FID-layer"),
            FeatureStatistics.of(features(1, 50), D));
    StatisticsMerge.write(
        CONF,
        named,
        ReferenceStats.describe(Manifest.builder(ArtifactKind.STATS), file)
            .property(ReferenceStats.ENGINE, "dl4j"),
        List.of(file));
    for (List<URI> parts : List.of(List.of(named, unnamed), List.of(unnamed, named))) {
      URI sum = temp.resolve(parts.get(0).equals(named) ? "one" : "other").toUri();
      StatisticsMerge.run(CONF, parts, List.of(), sum);
      assertEquals(
          ReferenceStats.FOREIGN_ENGINE,
          ReferenceStats.engine(Artifact.open(CONF, sum, ArtifactKind.STATS).manifest()));
    }
  }

  /** Every night a day comes and the oldest goes; after some, as if made anew. */
  @Test
  void aNightlyWindowEqualsTheSameImagesMadeAnew() {
    URI window = write("day-0", NETWORK, features(0, 50));
    for (int day = 1; day <= 12; day++) {
      URI today = write("day-" + day, NETWORK, features(day, 40 + day));
      List<URI> gone = day < 3 ? List.of() : List.of(temp.resolve("day-" + (day - 3)).toUri());
      URI next = temp.resolve("window-" + day).toUri();
      window = StatisticsMerge.run(CONF, List.of(today, window), gone, next).statistics();
    }
    float[] all = new float[(50 + 51 + 52) * D];
    System.arraycopy(features(10, 50), 0, all, 0, 50 * D);
    System.arraycopy(features(11, 51), 0, all, 50 * D, 51 * D);
    System.arraycopy(features(12, 52), 0, all, 101 * D, 52 * D);
    assertClose(FeatureStatistics.of(all, D), ReferenceStats.read(CONF, window).statistics());
    FeatureStatistics some = ReferenceStats.read(CONF, window, "some").orElseThrow().statistics();
    FeatureStatistics expected = beside(NETWORK, all).statistics();
    assertEquals(expected.count(), some.count());
    for (int i = 0; i < 6; i++) {
      double scale = expected.packedM2()[0];
      assertEquals(expected.packedM2()[i], some.packedM2()[i], 1e-9 * scale);
    }
  }

  @Test
  void othersAndTooManyAreRefused() {
    URI ours = write("ours", NETWORK, features(1, 10));
    URI many = write("many", NETWORK, features(1, 11));
    URI foreign =
        write("foreign", new ExtractorIdentity("network", "abc", "clean"), features(1, 10));
    URI out = temp.resolve("out").toUri();
    UserException e =
        assertThrows(
            UserException.class,
            () -> StatisticsMerge.run(CONF, List.of(ours, foreign), List.of(), out));
    assertTrue(e.getMessage().contains("resize clean, layer layer"), e.getMessage());
    assertTrue(e.getMessage().endsWith("they do not merge"), e.getMessage());
    e =
        assertThrows(
            UserException.class,
            () -> StatisticsMerge.run(CONF, List.of(ours), List.of(many), out));
    assertTrue(e.getMessage().contains("stands for 11 images, more than the 10"), e.getMessage());
  }

  private static NpzStatistics.Claim claim(NpzOrigin origin) {
    return new NpzStatistics.Claim(
        Optional.ofNullable(origin), Optional.empty(), Optional.empty(), "2048", false);
  }

  @Test
  void exportedStatisticsComeBackAndContradictionsAreRefused() throws IOException {
    float[] features = features(4, 100);
    URI stats = write("stats", NETWORK, features);
    Path npz = temp.resolve("stats.npz");
    NpzStatistics.exportFile(CONF, stats, npz.toUri());
    Map<String, NpyArray> arrays;
    try (InputStream in = Files.newInputStream(npz)) {
      arrays = Npz.read(in, "stats.npz");
    }
    FeatureStatistics expected = FeatureStatistics.of(features, D);
    assertArrayEquals(expected.mean(), arrays.get("mu").toDoubles());
    assertArrayEquals(expected.covariance(), arrays.get("sigma").toDoubles());
    assertArrayEquals(new int[] {D, D}, arrays.get("sigma").shape());

    URI back = temp.resolve("back").toUri();
    StatisticsMerge.Result result =
        NpzStatistics.importFile(CONF, npz.toUri(), claim(NpzOrigin.TTUR), back);
    assertEquals(100, result.images());
    assertEquals("FID-layer", result.metric());
    StatisticsFile read = ReferenceStats.read(CONF, back);
    assertEquals(NETWORK, read.extractor());
    assertClose(expected, read.statistics());

    URI out = temp.resolve("out").toUri();
    refused(npz, claim(NpzOrigin.CLEAN_FID), out, "clean-fid resizes by clean");
    NpzStatistics.Claim count =
        new NpzStatistics.Claim(
            Optional.empty(), Optional.of(50L), Optional.empty(), "2048", false);
    refused(npz, count, out, "is of 100 images, not 50");
  }

  @Test
  void filesThatDoNotSayHowTheyWereMadeNeedToBeTold() throws IOException {
    Path npz = temp.resolve("other.npz");
    try (NpzWriter writer = new NpzWriter(Files.newOutputStream(npz))) {
      writer.add("mu", NpyArray.of(new double[] {1, 2}, 2));
      writer.add("sigma", NpyArray.of(new double[] {1, 0, 0, 1}, 2, 2));
    }
    URI out = temp.resolve("out").toUri();
    refused(npz, claim(NpzOrigin.TTUR), out, "does not say how it was made");
    assertEquals("pytorch", NpzOrigin.of("pytorch-fid").resize());
    UserException e = assertThrows(UserException.class, () -> NpzOrigin.of("torch-fid"));
    assertTrue(e.getMessage().endsWith("ttur, edm, pytorch-fid, clean-fid"), e.getMessage());
  }

  @Test
  void damagedStatisticsAreRefused() throws IOException {
    URI stats = write("stats", NETWORK, features(4, 100));
    Path npz = temp.resolve("stats.npz");
    NpzStatistics.exportFile(CONF, stats, npz.toUri());
    Map<String, NpyArray> arrays;
    try (InputStream in = Files.newInputStream(npz)) {
      arrays = Npz.read(in, "stats.npz");
    }
    double[] sigma = arrays.get("sigma").toDoubles();
    sigma[3] += 1;
    URI out = temp.resolve("out").toUri();
    refused(with(arrays, NpyArray.of(sigma, D, D)), claim(null), out, "sigma is not symmetric");
    sigma[0] = Double.NaN;
    refused(with(arrays, NpyArray.of(sigma, D, D)), claim(null), out, "value 0 has mean");
    double[] cut = Arrays.copyOf(sigma, D);
    refused(with(arrays, NpyArray.of(cut, D, 1)), claim(null), out, "must have shape [24, 24]");
    Map<String, NpyArray> row = new TreeMap<>(arrays);
    row.put("mu", NpyArray.of(arrays.get("mu").toDoubles(), 1, D));
    Path odd = with(row, arrays.get("sigma"));
    refused(odd, claim(null), out, "mu must have shape [24], got [1, 24]");
  }

  /** Two variances swapped for a correlation above 1, by little and by much; and infinities. */
  @Test
  void whatIsNoCovarianceIsRefused() throws IOException {
    URI stats = write("stats", NETWORK, features(4, 100));
    StatisticsFile file = ReferenceStats.read(CONF, stats);
    double[] covariance = file.statistics().covariance();
    Path npz = temp.resolve("stats.npz");
    NpzStatistics.exportFile(CONF, stats, npz.toUri());
    Map<String, NpyArray> arrays;
    try (InputStream in = Files.newInputStream(npz)) {
      arrays = Npz.read(in, "stats.npz");
    }
    URI out = temp.resolve("out").toUri();
    double largest = covariance[D * D - 1];
    for (double beyond : new double[] {1e-4, 0.1, 1}) {
      double[] sigma = covariance.clone();
      double above = Math.sqrt(sigma[0] * sigma[D + 1]) + beyond * largest;
      sigma[1] = above;
      sigma[D] = above;
      Path damaged = with(arrays, NpyArray.of(sigma, D, D));
      refused(damaged, claim(null), out, "is no covariance: it has the negative eigenvalue -");
      assertFalse(Files.exists(temp.resolve("out")));
      URI place = temp.resolve("by hand " + beyond).toUri();
      FeatureStatistics none = FeatureStatistics.ofCovariance(100, file.statistics().mean(), sigma);
      StatisticsFile unreal = new StatisticsFile(NETWORK, file.layer(), none);
      StatisticsMerge.write(
          CONF,
          place,
          ReferenceStats.describe(Manifest.builder(ArtifactKind.STATS), unreal),
          List.of(unreal));
      UserException e = assertThrows(UserException.class, () -> ReferenceStats.read(CONF, place));
      assertTrue(e.getMessage().contains("features.stats: its matrix is no"), e.getMessage());
    }
    double[] infinite = covariance.clone();
    infinite[0] = Double.POSITIVE_INFINITY;
    refused(with(arrays, NpyArray.of(infinite, D, D)), claim(null), out, "variance Infinity");
    double[] off = covariance.clone();
    off[1] = Double.NEGATIVE_INFINITY;
    off[D] = Double.NEGATIVE_INFINITY;
    refused(with(arrays, NpyArray.of(off, D, D)), claim(null), out, "holds -Infinity at [1, 0]");
    double[] huge = covariance.clone();
    huge[0] = 1e307;
    refused(with(arrays, NpyArray.of(huge, D, D)), claim(null), out, "covariance");
  }

  /** Of fewer images than dimensions, and rounded to float, as other programs write them. */
  @Test
  void roundedCovariancesWithoutFullRankAreTaken() throws IOException {
    for (int images : new int[] {2, 5, 20}) {
      URI stats = write("stats-" + images, NETWORK, features(4, images));
      Path npz = temp.resolve("stats.npz");
      Files.deleteIfExists(npz);
      NpzStatistics.exportFile(CONF, stats, npz.toUri());
      Map<String, NpyArray> arrays;
      try (InputStream in = Files.newInputStream(npz)) {
        arrays = Npz.read(in, "stats.npz");
      }
      NpyArray rounded = NpyArray.of(arrays.get("sigma").toFloats(), D, D);
      URI back = temp.resolve("back-" + images).toUri();
      NpzStatistics.importFile(CONF, with(arrays, rounded).toUri(), claim(null), back);
      assertEquals(images, ReferenceStats.read(CONF, back).statistics().count());
    }
  }

  @Test
  void whatWasNeverMergedInCannotBeTakenOut() {
    URI ours = write("ours", NETWORK, features(1, 50));
    URI others = write("others", NETWORK, features(9, 40));
    URI out = temp.resolve("out").toUri();
    UserException e =
        assertThrows(
            UserException.class,
            () -> StatisticsMerge.run(CONF, List.of(ours), List.of(others), out));
    assertTrue(
        e.getMessage().contains("was all that is removed merged in before?"), e.getMessage());
    assertFalse(Files.exists(temp.resolve("out")));
  }

  private Path with(Map<String, NpyArray> arrays, NpyArray sigma) throws IOException {
    Path file = temp.resolve("damaged.npz");
    try (NpzWriter writer = new NpzWriter(Files.newOutputStream(file))) {
      writer.add("mu", arrays.get("mu"));
      writer.add("sigma", sigma);
      writer.add("origin", arrays.get("origin"));
    }
    return file;
  }

  private static void refused(Path npz, NpzStatistics.Claim claim, URI out, String message) {
    UserException e =
        assertThrows(
            UserException.class, () -> NpzStatistics.importFile(CONF, npz.toUri(), claim, out));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}

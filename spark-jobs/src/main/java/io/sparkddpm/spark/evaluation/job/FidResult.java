package io.sparkddpm.spark.evaluation.job;

import io.sparkddpm.spark.evaluation.metric.FrechetMetric;
import io.sparkddpm.spark.evaluation.metric.Measures;
import io.sparkddpm.spark.evaluation.stats.Provenance;
import io.sparkddpm.statistics.FrechetDistance;
import io.sparkddpm.statistics.JackknifeInterval;
import java.net.URI;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far samples are from a reference, with all that is needed to compare it with other results.
 *
 * @param measures the Fréchet distance over the configured layer, and the other metrics
 * @param layer of the network
 * @param dimension of the features
 * @param resize mode by which images were resized to the network's input
 * @param network its name
 * @param networkHash SHA-256 of its file, or the seed of the random network
 * @param samples the set that was measured
 * @param reference the set that it was measured against
 * @param provenance of the samples, as far as they say: weights, checkpoint-step, sampler, seed, …
 * @param warnings for the user
 * @param seconds that the job took
 * @param file where the result was written as JSON, if anywhere
 */
public record FidResult(
    Measures measures,
    String layer,
    int dimension,
    String resize,
    String network,
    String networkHash,
    Side samples,
    Side reference,
    SortedMap<String, String> provenance,
    List<String> warnings,
    double seconds,
    Optional<URI> file) {

  /**
   * One of the two sets.
   *
   * @param uri where it lies
   * @param kind "dataset", "samples", "folder", "zip", "npz" or "stats"
   * @param fingerprint of its content
   * @param images how many
   * @param engine what computed its features
   */
  public record Side(URI uri, String kind, String fingerprint, long images, String engine) {}

  /** Makes the collections unmodifiable. */
  public FidResult {
    provenance = Collections.unmodifiableSortedMap(new TreeMap<>(provenance));
    warnings = List.copyOf(warnings);
  }

  private FrechetMetric.Distance headline() {
    return measures.get(FrechetMetric.Distance.class).orElseThrow();
  }

  /** What the distance is called, such as "FID". */
  public String metric() {
    return headline().name();
  }

  /** The squared Fréchet distance over the configured layer. */
  public double distance() {
    return headline().terms().distance();
  }

  /** What the distance is made of. */
  public FrechetDistance terms() {
    return headline().terms();
  }

  /**
   * How sure the distance is, over shards of the samples; none if they are statistics or a single
   * shard.
   */
  public Optional<JackknifeInterval> interval() {
    return headline().interval();
  }

  /** The result in a line, such as "FID 3.1700 (95 % 3.1 to 3.3): 50000 samples, …". */
  public String summary() {
    String made = new Provenance(provenance).summary();
    return String.format(
        Locale.ROOT,
        "%s: %d samples%s against %d images of %s, layer %s of %s (%s), resize %s",
        headline().summary(),
        samples.images,
        made.isEmpty() ? "" : " (" + made + ")",
        reference.images,
        reference.uri,
        layer,
        network,
        networkHash,
        resize);
  }

  /** All measures but the distance, in a line; empty if there are none. */
  public String measuresSummary() {
    return measures.without(FrechetMetric.Distance.class).summary();
  }
}

package io.sparkddpm.spark.evaluation.metric;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.evaluation.features.FeatureStore;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.FeatureStatistics;
import io.sparkddpm.statistics.FrechetDistance.Gaussian;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** One of the two sets, as metrics see it. For one thread. */
public final class MeasuredSet {
  private final URI uri;
  private final FeatureLayer layer;
  private final FeatureStatistics moments;
  private final List<FeatureStatistics> groups;
  private final Function<FeatureLayer, Optional<FeatureStatistics>> otherMoments;
  private final Optional<FeatureStore> features;
  private final List<String> classNames;
  private final Map<FeatureLayer, Optional<FeatureStatistics>> others = new HashMap<>();
  private final Map<Class<?>, Object> computed = new HashMap<>();

  /**
   * @param uri where it lies, for messages
   * @param layer the configured one
   * @param moments over it
   * @param groups of shards, which make up the whole; empty where the set is statistics
   * @param otherMoments over other layers, as far as the set has them
   * @param features of its images, where they are kept
   * @param classNames by label; empty where labels are numbers only
   */
  public MeasuredSet(
      URI uri,
      FeatureLayer layer,
      FeatureStatistics moments,
      List<FeatureStatistics> groups,
      Function<FeatureLayer, Optional<FeatureStatistics>> otherMoments,
      Optional<FeatureStore> features,
      List<String> classNames) {
    this.uri = uri;
    this.layer = layer;
    this.moments = moments;
    this.groups = List.copyOf(groups);
    this.otherMoments = otherMoments;
    this.features = features;
    this.classNames = List.copyOf(classNames);
  }

  /** Where it lies. */
  public URI uri() {
    return uri;
  }

  /** How many images it has. */
  public long images() {
    return moments.count();
  }

  /** Statistics over the configured layer. */
  public FeatureStatistics moments() {
    return moments;
  }

  /** The same of groups of its shards; empty where the set is statistics. */
  public List<FeatureStatistics> groups() {
    return groups;
  }

  /** The Gaussian over the configured layer, decomposed once. */
  public Gaussian gaussian() {
    return once(Gaussian.class, () -> Gaussian.of(moments));
  }

  /**
   * Statistics over a layer.
   *
   * @param metric that needs them
   * @throws UserException if the set is statistics without that layer
   */
  public FeatureStatistics moments(FeatureLayer wanted, Metric metric) {
    return wanted.equals(layer)
        ? moments
        : others.computeIfAbsent(wanted, otherMoments).orElseThrow(() -> withoutLayer(uri, metric));
  }

  /**
   * Features of its images.
   *
   * @param metric that needs them
   * @throws UserException if the set is statistics without features
   */
  public FeatureStore features(Metric metric) {
    return features.orElseThrow(() -> withoutFeatures(uri, metric));
  }

  /** Names of its classes by label; empty where labels are numbers only. */
  public List<String> classNames() {
    return classNames;
  }

  /** Something that follows from this set alone, computed once for all references. */
  public <T> T once(Class<T> key, Supplier<T> compute) {
    Object value = computed.get(key);
    if (value == null) {
      value = compute.get();
      computed.put(key, value);
    }
    return key.cast(value);
  }

  /** What to report of statistics without a layer that a metric needs. */
  public static UserException withoutLayer(URI statistics, Metric metric) {
    return new UserException(
        "the statistics %s have no %s; make them with --metrics fid,%s",
        statistics, metric.subject(), String.join(",", metric.names().keySet()));
  }

  /** What to report of statistics without features, which a metric needs. */
  public static UserException withoutFeatures(URI statistics, Metric metric) {
    return new UserException(
        "%s needs features, but %s holds statistics without; make them with --metrics and the"
            + " metrics wanted, or give the images",
        metric.subject(), statistics);
  }
}

package io.sparkddpm.spark.ml;

import io.sparkddpm.spark.pipeline.DdpmConfig;
import io.sparkddpm.spark.store.Locations;
import java.net.URI;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/** Which features are taken, and how. */
final class FeatureParams {
  final Param<String> inception;
  final StringArrayParam settings;

  private final Params owner;

  /**
   * @param owner whose uid is known already
   */
  FeatureParams(Params owner) {
    this.owner = owner;
    inception =
        new Param<>(
            owner,
            "inception",
            "file of the network that takes features: classify_image_graph_def.pb or a TorchScript"
                + " network; empty for a small random network");
    settings = Stages.settings(owner);
    owner.setDefault(inception, "");
    owner.setDefault(settings, new String[0]);
  }

  Optional<URI> inception(Configuration conf) {
    String file = owner.getOrDefault(inception);
    return file.isEmpty() ? Optional.empty() : Optional.of(Locations.parse(conf, file));
  }

  DdpmConfig config() {
    return Settings.of(owner.getOrDefault(settings)).config();
  }
}

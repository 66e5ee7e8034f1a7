package io.sparkddpm.spark.fid;

import io.sparkddpm.fid.FeatureExtractor;
import io.sparkddpm.fid.FeatureStatistics;
import io.sparkddpm.fid.StatisticsFile;
import io.sparkddpm.spark.store.HadoopConf;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/** Takes the features of a part and keeps their statistics; features never leave the executor. */
final class PartTask implements Function<ImagePart, PartStatistics> {
  private static final long serialVersionUID = 1L;

  private final Broadcast<HadoopConf> hadoop;
  private final Broadcast<ExtractorSpec> spec;
  private final String key;

  PartTask(Broadcast<HadoopConf> hadoop, Broadcast<ExtractorSpec> spec, String key) {
    this.hadoop = hadoop;
    this.spec = spec;
    this.key = key;
  }

  @Override
  public PartStatistics call(ImagePart part) {
    FeatureExtractor extractor = ExtractorPool.ours().borrow(key, spec::value);
    try {
      int dimension = extractor.layers().get(0).dimension();
      FeatureStatistics.Accumulator sums = new FeatureStatistics.Accumulator(dimension);
      FeatureBatches batches =
          new FeatureBatches(extractor, (features, count) -> sums.add(features[0], 0, count));
      String digest = part.read(hadoop.value().get(), batches::add);
      batches.flush();
      FeatureStatistics statistics = sums.finish();
      StatisticsFile file =
          new StatisticsFile(extractor.identity(), extractor.layers().get(0), statistics);
      return new PartStatistics(part.index(), statistics.count(), file.toBytes(), digest + "\n");
    } finally {
      ExtractorPool.ours().giveBack(extractor);
    }
  }
}

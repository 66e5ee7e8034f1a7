package io.sparkddpm.spark.fid;

import io.sparkddpm.error.UserException;
import io.sparkddpm.fid.FeatureExtractor;
import io.sparkddpm.fid.FeatureStatistics;
import io.sparkddpm.fid.StatisticsFile;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.spark.store.HadoopConf;
import java.util.ArrayList;
import java.util.List;
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
      Batches batches = new Batches(extractor);
      String digest = part.read(hadoop.value().get(), batches::add);
      FeatureStatistics statistics = batches.finish();
      StatisticsFile file =
          new StatisticsFile(extractor.identity(), extractor.layers().get(0), statistics);
      return new PartStatistics(part.index(), statistics.count(), file.toBytes(), digest + "\n");
    } finally {
      ExtractorPool.ours().giveBack(extractor);
    }
  }

  /** Gathers images of one size into batches. */
  private static final class Batches {
    private final FeatureExtractor extractor;
    private final int dimension;
    private final FeatureStatistics.Accumulator statistics;
    private final List<String> names = new ArrayList<>();
    private byte[] pixels = new byte[0];
    private int height;
    private int width;

    Batches(FeatureExtractor extractor) {
      this.extractor = extractor;
      this.dimension = extractor.layers().get(0).dimension();
      this.statistics = new FeatureStatistics.Accumulator(dimension);
    }

    void add(String name, ByteImage image) {
      if (image.height() != height || image.width() != width) {
        flush();
        height = image.height();
        width = image.width();
        pixels = new byte[Math.multiplyExact(extractor.preferredBatch() * 3, height * width)];
      }
      interleave(image.toRgb(), names.size() * 3 * height * width);
      names.add(name);
      if (names.size() == extractor.preferredBatch()) {
        flush();
      }
    }

    /** [C, H, W] to [H, W, C]. */
    private void interleave(ByteImage image, int offset) {
      byte[] planes = image.data();
      int area = height * width;
      for (int c = 0; c < 3; c++) {
        for (int p = 0; p < area; p++) {
          pixels[offset + 3 * p + c] = planes[c * area + p];
        }
      }
    }

    private void flush() {
      if (names.isEmpty()) {
        return;
      }
      float[] features;
      try {
        features = extractor.extract(pixels, names.size(), height, width)[0];
      } catch (IllegalArgumentException e) {
        throw new UserException(e, "%s: %s", names.get(0), e.getMessage());
      }
      for (int i = 0; i < features.length; i++) {
        if (!Float.isFinite(features[i])) {
          throw new UserException(
              "%s: feature %d is %s; is the network's file damaged?",
              names.get(i / dimension), i % dimension, features[i]);
        }
      }
      statistics.add(features, 0, names.size());
      names.clear();
    }

    FeatureStatistics finish() {
      flush();
      return statistics.finish();
    }
  }
}

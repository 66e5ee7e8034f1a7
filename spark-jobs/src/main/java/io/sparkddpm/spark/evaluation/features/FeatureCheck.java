package io.sparkddpm.spark.evaluation.features;

import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.HadoopConf;
import io.sparkddpm.statistics.ExtractorIdentity;
import io.sparkddpm.statistics.FeatureFile;
import io.sparkddpm.statistics.FeatureLayer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.sql.SparkSession;

/**
 * Reads kept features once from end to end and compares their hashes. Whoever takes rows from the
 * middle of the files afterwards could not tell damage.
 */
public final class FeatureCheck {
  private final SparkSession spark;
  private final int partitions;

  public FeatureCheck(SparkSession spark, int partitions) {
    this.spark = spark;
    this.partitions = partitions;
  }

  /**
   * Reads all files.
   *
   * @throws UserException naming the first that is damaged, or of another network or layer
   */
  public void run(FeatureStore store, ExtractorIdentity extractor, FeatureLayer layer) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    HadoopConf hadoop = HadoopConf.of(context.hadoopConfiguration());
    List<FeatureShard> shards = new ArrayList<>(store.shards());
    StreamedResults.forEach(
        context
            .parallelize(shards, Math.max(1, Math.min(partitions, shards.size())))
            .map(new Read(hadoop, store.dir(), extractor, layer)),
        "checking kept features",
        images -> {});
  }

  private static final class Read implements Function<FeatureShard, Integer> {
    private static final long serialVersionUID = 1L;

    private final HadoopConf hadoop;
    private final URI dir;
    private final ExtractorIdentity extractor;
    private final FeatureLayer layer;

    Read(HadoopConf hadoop, URI dir, ExtractorIdentity extractor, FeatureLayer layer) {
      this.hadoop = hadoop;
      this.dir = dir;
      this.extractor = extractor;
      this.layer = layer;
    }

    @Override
    public Integer call(FeatureShard shard) {
      String name = dir + "/" + shard.file().path();
      try (InputStream in =
          new BufferedInputStream(Artifact.input(hadoop.get(), dir, shard.file()), 1 << 20)) {
        FeatureFile.Header header = FeatureFile.scan(in, name, null, null);
        if (!header.extractor().equals(extractor) || !header.layers().contains(layer)) {
          throw new UserException(
              "%s holds features by %s, not those of layer %s by %s",
              name, header.extractor(), layer.name(), extractor);
        }
        return header.count();
      } catch (IOException e) {
        throw new UserException(e, "cannot read %s: %s", name, e.getMessage());
      }
    }
  }
}

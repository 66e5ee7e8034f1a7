package io.sparkddpm.spark.training.round;

import io.sparkddpm.diffusion.DecoderType;
import io.sparkddpm.spark.data.DataConfig;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.ExampleSource;
import io.sparkddpm.spark.data.ExampleSpan;
import io.sparkddpm.spark.store.HadoopConf;
import java.util.List;

/** The examples of a dataset, read straight from its shards by whoever needs them. */
public final class DatasetBatches implements BatchSource {
  private static final long serialVersionUID = 1L;

  private final HadoopConf conf;
  private final Dataset dataset;
  private final DataConfig config;
  private final long runSeed;
  private transient ExampleSource opened;

  public DatasetBatches(HadoopConf conf, Dataset dataset, DataConfig config, long runSeed) {
    this.conf = conf;
    this.dataset = dataset;
    this.config = config;
    this.runSeed = runSeed;
  }

  @Override
  public Examples read(long position, int count) {
    ExampleSpan examples = source().read(position, count);
    return new Examples(
        examples.toBatch(), examples.condition(), examples.ids(), dataset.holdsImages());
  }

  @Override
  public long[] keys(long batch, long position, long[] ids) {
    return source().order().keys(batch, position, ids);
  }

  @Override
  public List<String> hosts(long position, int count) {
    return source().hosts(position, count);
  }

  @Override
  public DecoderType decoder() {
    return dataset.layout().type().decoder();
  }

  @Override
  public long cacheBytes() {
    return Math.min(config.cacheBytes(), dataset.decodedBytes());
  }

  private synchronized ExampleSource source() {
    if (opened == null) {
      opened = ExampleSource.open(conf, dataset, config, runSeed);
    }
    return opened;
  }
}

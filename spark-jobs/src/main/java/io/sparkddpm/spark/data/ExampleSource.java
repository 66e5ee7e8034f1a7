package io.sparkddpm.spark.data;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.store.HadoopConf;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A dataset in the order of a run, read where it is needed. Makes one per task; tasks of one
 * executor share decoded shards. Threads may share it.
 */
public final class ExampleSource {
  private final HadoopConf conf;
  private final Dataset dataset;
  private final DataOrder order;
  private final ShardCache cache;
  private final ShardHosts hosts;

  ExampleSource(HadoopConf conf, Dataset dataset, DataOrder order, ShardCache cache) {
    this.conf = conf;
    this.dataset = dataset;
    this.order = order;
    this.cache = cache;
    this.hosts = new ShardHosts(conf, dataset);
  }

  /**
   * Opens a dataset on this executor; reads nothing yet.
   *
   * @param runSeed decides the order
   * @throws UserException if one window of shards does not fit into the cache
   */
  public static ExampleSource open(
      HadoopConf conf, Dataset dataset, DataConfig config, long runSeed) {
    checkWindowFits(dataset, config);
    return new ExampleSource(
        conf,
        dataset,
        new DataOrder(runSeed, dataset.shardSizes(), config.windowShards()),
        ShardCache.here(config.cacheBytes()));
  }

  /** The largest windows that the order may form must fit, or every image would cost a shard. */
  static void checkWindowFits(Dataset dataset, DataConfig config) {
    long[] sizes = dataset.shardSizes();
    Arrays.sort(sizes);
    long images = 0;
    for (int i = 0; i < Math.min(config.windowShards(), sizes.length); i++) {
      images += sizes[sizes.length - 1 - i];
    }
    long bytes = images * dataset.layout().memoryBytes();
    if (bytes > config.cacheBytes()) {
      throw new UserException(
          "data.cache-megabytes is %d, but a window of %d shards of %s takes %d; raise it, or lower"
              + " data.window-shards",
          config.cacheMegabytes(), config.windowShards(), dataset.uri(), (bytes >> 20) + 1);
    }
  }

  public Dataset dataset() {
    return dataset;
  }

  public DataOrder order() {
    return order;
  }

  /**
   * The examples at positions [from, from + count) of the endless order.
   *
   * @param from 0 is the first example of the first epoch
   * @throws UserException naming the file, if a shard is missing or damaged
   */
  public ExampleSpan read(long from, int count) {
    checkArgument(from >= 0 && count >= 0, "positions [%s+%s]", from, count);
    RecordLayout layout = dataset.layout();
    int length = layout.payloadBytes();
    int contextLength = layout.contextLength();
    long[] ids = new long[count];
    int[] labels = new int[count];
    byte[] payload = new byte[Math.multiplyExact(count, length)];
    float[] context = new float[Math.multiplyExact(count, contextLength)];
    for (int i = 0; i < count; i++) {
      DataOrder.Place place = order.locate(from + i);
      DecodedShard shard = shard(place.shard());
      int row = place.row();
      ids[i] = shard.ids()[row];
      labels[i] = dataset.classNames().isEmpty() ? Condition.NO_LABEL : shard.labels()[row];
      System.arraycopy(shard.payload(), row * length, payload, i * length, length);
      System.arraycopy(
          shard.context(), row * contextLength, context, i * contextLength, contextLength);
    }
    return new ExampleSpan(layout, ids, labels, payload, context);
  }

  /**
   * Where the examples at positions [from, from + count) lie, by the file system's word. It decides
   * speed only: a file system that cannot say is not asked again.
   *
   * @return hosts, that of most examples first; empty where the file system knows none
   */
  public List<String> hosts(long from, int count) {
    Map<String, Integer> examples = new TreeMap<>();
    for (DataOrder.Place place : order.locate(from, count)) {
      for (String host : hosts.of(place.shard())) {
        examples.merge(host, 1, Integer::sum);
      }
    }
    return examples.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .map(Map.Entry::getKey)
        .toList();
  }

  private DecodedShard shard(int index) {
    String key = dataset.fingerprint() + "/" + index;
    return cache.get(key, () -> ShardReader.read(conf.get(), dataset, index));
  }
}

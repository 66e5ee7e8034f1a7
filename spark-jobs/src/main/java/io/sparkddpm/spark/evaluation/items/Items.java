package io.sparkddpm.spark.evaluation.items;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.random.KeyedPermutation;
import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.data.DecodedShard;
import io.sparkddpm.spark.data.ShardReader;
import io.sparkddpm.spark.sampling.Samples;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.tensor.Batch;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;

/**
 * Items of samples or of a dataset, in memory, in their order.
 *
 * @param medium what they are
 * @param values all of them
 * @param labels of each, or {@link io.sparkddpm.condition.Condition#NO_LABEL}
 * @param classNames by label; empty where they are not known
 */
public record Items(Medium medium, Batch values, int[] labels, List<String> classNames) {
  /** Any number: the same for all, so that equal sides give equal choices. */
  private static final long CHOICE = RandomStream.of(0, Purpose.MEASURED_ITEMS).nextLong();

  /** Samples or a dataset whose items can be read. */
  interface Source {
    /** What they are. */
    Medium medium();

    /** How many there are. */
    long count();

    /**
     * Reads some of them.
     *
     * @param indices in rising order
     * @throws UserException if they are damaged
     */
    Items read(long[] indices);

    /**
     * Reads as many at random, each as likely as any other; all where there are no more. Equal
     * sources give equal choices.
     */
    default Items choose(int count) {
      if (count == count()) {
        return read(LongStream.range(0, count).toArray());
      }
      KeyedPermutation order = new KeyedPermutation(count(), CHOICE);
      return read(LongStream.range(0, count).map(order::apply).sorted().toArray());
    }
  }

  /**
   * Finds items.
   *
   * @param uri of samples or of a dataset
   * @throws UserException if it is neither
   */
  static Source open(Configuration conf, URI uri) {
    Manifest manifest = Artifact.open(conf, uri).manifest();
    ArtifactKind kind = manifest.kind();
    if (kind == ArtifactKind.SAMPLES) {
      return new StoredSamples(Samples.open(conf, uri));
    }
    if (kind == ArtifactKind.DATASET) {
      return new StoredDataset(conf, Dataset.open(conf, uri));
    }
    throw new UserException("%s holds a %s; samples and datasets can be measured", uri, kind);
  }

  /**
   * Items of samples.
   *
   * @param from where they come from, for messages
   * @param samples at least one
   * @throws UserException if their shapes differ
   */
  static Items of(Medium medium, URI from, List<Samples.Sample> samples, List<String> classNames) {
    List<Batch> items =
        samples.stream()
            .map(sample -> medium.read(sample.file(), from + ", item " + sample.index()))
            .toList();
    Batch values = new Batch(items.size(), items.get(0).shape());
    for (int i = 0; i < items.size(); i++) {
      items.get(i).checkShape("item " + i + " of " + from, values.shape());
      System.arraycopy(
          items.get(i).data(), 0, values.data(), values.offset(i), values.itemLength());
    }
    int[] labels = samples.stream().mapToInt(Samples.Sample::label).toArray();
    return new Items(medium, values, labels, classNames);
  }

  private record StoredSamples(Samples samples) implements Source {
    @Override
    public Medium medium() {
      return samples.medium();
    }

    @Override
    public long count() {
      return samples.count();
    }

    @Override
    public Items read(long[] indices) {
      List<Samples.Sample> chosen = new ArrayList<>();
      long first = 0;
      for (FileEntry shard : samples.shards()) {
        int next = chosen.size();
        if (next < indices.length && indices[next] < first + shard.records()) {
          List<Samples.Sample> all = samples.read(shard);
          for (; next < indices.length && indices[next] < first + all.size(); next++) {
            chosen.add(all.get((int) (indices[next] - first)));
          }
        }
        first += shard.records();
      }
      List<String> names = DatasetNotes.read(samples.manifest()).classNames();
      return of(samples.medium(), samples.dir(), chosen, names);
    }
  }

  private record StoredDataset(Configuration conf, Dataset dataset) implements Source {
    @Override
    public Medium medium() {
      return dataset.medium();
    }

    @Override
    public long count() {
      return dataset.size();
    }

    @Override
    public Items read(long[] indices) {
      DatasetNotes notes = DatasetNotes.ofDataset(conf, dataset.uri());
      if (notes.codec().isPresent()) {
        throw new UserException(
            "%s holds latents; give the dataset that they were made of", dataset.uri());
      }
      Batch values = new Batch(indices.length, dataset.layout().shape());
      int[] labels = new int[indices.length];
      int found = 0;
      long first = 0;
      long[] sizes = dataset.shardSizes();
      for (int shard = 0; found < indices.length; shard++) {
        if (indices[found] < first + sizes[shard]) {
          DecodedShard records = ShardReader.read(conf, dataset, shard);
          for (; found < indices.length && indices[found] < first + sizes[shard]; found++) {
            int at = (int) (indices[found] - first);
            records.copy(dataset.layout(), at, values, found);
            labels[found] = records.labels()[at];
          }
        }
        first += sizes[shard];
      }
      return new Items(notes.medium(), values, labels, notes.classNames());
    }
  }

  /** How many there are. */
  public int count() {
    return values.count();
  }
}

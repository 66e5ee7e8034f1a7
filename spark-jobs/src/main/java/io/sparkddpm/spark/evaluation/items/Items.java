package io.sparkddpm.spark.evaluation.items;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.error.UserException;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.data.DecodedShard;
import io.sparkddpm.spark.data.ShardReader;
import io.sparkddpm.spark.sampling.Samples;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.tensor.Batch;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * The first items of samples or of a dataset, in memory.
 *
 * @param medium what they are
 * @param values all of them
 * @param labels of each, or {@link io.sparkddpm.condition.Condition#NO_LABEL}
 * @param classNames by label; empty where they are not known
 */
public record Items(Medium medium, Batch values, int[] labels, List<String> classNames) {
  /**
   * Reads items.
   *
   * @param uri of samples or of a dataset
   * @param most how many at most
   * @throws UserException if it is neither, or is damaged
   */
  static Items read(Configuration conf, URI uri, int most) {
    Manifest manifest = Artifact.open(conf, uri).manifest();
    ArtifactKind kind = manifest.kind();
    if (kind == ArtifactKind.SAMPLES) {
      return samples(conf, uri, most);
    }
    if (kind == ArtifactKind.DATASET) {
      return dataset(conf, uri, most);
    }
    throw new UserException("%s holds a %s; samples and datasets can be measured", uri, kind);
  }

  private static Items samples(Configuration conf, URI uri, int most) {
    Samples samples = Samples.open(conf, uri);
    Medium medium = samples.medium();
    List<Batch> items = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (FileEntry shard : samples.shards()) {
      if (items.size() < most) {
        for (Samples.Sample sample : samples.read(shard)) {
          items.add(medium.read(sample.file(), uri + ", item " + sample.index()));
          labels.add(sample.label());
        }
      }
    }
    int count = Math.min(most, items.size());
    Batch values = new Batch(count, items.get(0).shape());
    for (int i = 0; i < count; i++) {
      items.get(i).checkShape("item " + i + " of " + uri, values.shape());
      System.arraycopy(
          items.get(i).data(), 0, values.data(), values.offset(i), values.itemLength());
    }
    return new Items(
        medium,
        values,
        labels.stream().limit(count).mapToInt(label -> label).toArray(),
        DatasetNotes.read(samples.manifest()).classNames());
  }

  private static Items dataset(Configuration conf, URI uri, int most) {
    Dataset dataset = Dataset.open(conf, uri);
    DatasetNotes notes = DatasetNotes.ofDataset(conf, uri);
    if (notes.codec().isPresent()) {
      throw new UserException("%s holds latents; give the dataset that they were made of", uri);
    }
    int count = (int) Math.min(most, dataset.size());
    Batch values = new Batch(count, dataset.layout().shape());
    int[] labels = new int[count];
    int read = 0;
    for (int shard = 0; read < count; shard++) {
      DecodedShard records = ShardReader.read(conf, dataset, shard);
      int taken = Math.min(count - read, records.size());
      float[] some = records.batch(dataset.layout(), 0, taken).data();
      System.arraycopy(some, 0, values.data(), values.offset(read), some.length);
      System.arraycopy(records.labels(), 0, labels, read, taken);
      read += taken;
    }
    return new Items(notes.medium(), values, labels, notes.classNames());
  }

  /** The first ones alone. */
  Items first(int count) {
    Batch fewer = new Batch(count, values.shape());
    System.arraycopy(values.data(), 0, fewer.data(), 0, fewer.data().length);
    return new Items(medium, fewer, Arrays.copyOf(labels, count), classNames);
  }

  /** How many there are. */
  public int count() {
    return values.count();
  }
}

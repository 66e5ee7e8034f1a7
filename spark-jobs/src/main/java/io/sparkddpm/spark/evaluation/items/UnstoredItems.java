package io.sparkddpm.spark.evaluation.items;

import io.sparkddpm.medium.Medium;
import io.sparkddpm.spark.data.DatasetNotes;
import io.sparkddpm.spark.sampling.DrawnSamples;
import io.sparkddpm.spark.sampling.Samples;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.spark.session.StreamedResults;
import io.sparkddpm.spark.session.TaskResources;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;

/** Samples that are drawn on executors as they are measured, and stored nowhere. */
record UnstoredItems(JavaSparkContext spark, DrawnSamples samples, Progress progress)
    implements Items.Source {
  @Override
  public Medium medium() {
    return samples.medium();
  }

  @Override
  public long count() {
    return samples.shards().stream().mapToLong(DrawnSamples.Shard::images).sum();
  }

  @Override
  public Items read(long[] indices) {
    List<DrawnSamples.Shard> shards = samples.shards();
    TreeMap<Long, Samples.Sample> all = new TreeMap<>();
    try (Progress.Task task = progress.start("sample", count())) {
      StreamedResults.forEach(
          TaskResources.withCard(spark, shards, shards.size()).map(new Draw()),
          "samples to measure",
          drawn ->
              drawn.forEach(
                  item -> {
                    all.put(item.index, new Samples.Sample(item.index, item.label, item.file));
                    task.advance(1);
                  }));
    }
    return Items.of(
        medium(),
        samples.checkpoint(),
        LongStream.of(indices).mapToObj(all::get).toList(),
        DatasetNotes.read(samples.manifest()).classNames());
  }

  /** A sample on its way to the driver. */
  private record Item(long index, int label, byte[] file) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private static final class Draw implements Function<DrawnSamples.Shard, List<Item>> {
    private static final long serialVersionUID = 1L;

    @Override
    public List<Item> call(DrawnSamples.Shard shard) {
      List<Item> items = new ArrayList<>();
      shard.draw(sample -> items.add(new Item(sample.index(), sample.label(), sample.file())));
      return items;
    }
  }
}

package io.sparkddpm.spark.train;

import com.google.common.collect.Iterators;
import com.google.common.collect.PeekingIterator;
import io.sparkddpm.train.WeightedMean;
import java.util.Iterator;
import org.apache.spark.api.java.function.FlatMapFunction;
import scala.Tuple2;

/**
 * Averages the blocks of a partition, which come sorted by block and worker; only one block's sum
 * is held at a time. Statistics pass through.
 */
final class AverageTask
    implements FlatMapFunction<Iterator<Tuple2<Long, WorkerOutput>>, Tuple2<Long, WorkerOutput>> {
  private static final long serialVersionUID = 1L;

  @Override
  public Iterator<Tuple2<Long, WorkerOutput>> call(Iterator<Tuple2<Long, WorkerOutput>> sorted) {
    PeekingIterator<Tuple2<Long, WorkerOutput>> in = Iterators.peekingIterator(sorted);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return in.hasNext();
      }

      @Override
      public Tuple2<Long, WorkerOutput> next() {
        Tuple2<Long, WorkerOutput> first = in.next();
        return first._2().block() == null ? first : average(first, in);
      }
    };
  }

  private static Tuple2<Long, WorkerOutput> average(
      Tuple2<Long, WorkerOutput> first, PeekingIterator<Tuple2<Long, WorkerOutput>> rest) {
    int block = BlockKey.block(first._1());
    WeightedMean mean = new WeightedMean(first._2().block().length());
    add(mean, first._2());
    long examples = first._2().weight();
    while (rest.hasNext() && BlockKey.block(rest.peek()._1()) == block) {
      WorkerOutput next = rest.next()._2();
      add(mean, next);
      examples += next.weight();
    }
    float[] values = mean.mean();
    return new Tuple2<>(
        first._1(), WorkerOutput.block(examples, new VectorBlock(values, 0, values.length)));
  }

  private static void add(WeightedMean mean, WorkerOutput output) {
    mean.add(output.block().array(), output.block().offset(), output.weight());
  }
}

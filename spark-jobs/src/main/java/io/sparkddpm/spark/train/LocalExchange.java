package io.sparkddpm.spark.train;

import static io.sparkddpm.error.Checks.checkState;

import io.sparkddpm.train.StepStatistics;
import io.sparkddpm.train.WeightedMean;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import scala.Tuple2;

/**
 * Within one JVM, where driver and tasks share their heap: nothing is copied but what the averaging
 * itself needs. A worker leaves the vectors that its engine stored into; once all have come, the
 * driver averages them block by block on all processors.
 */
final class LocalExchange extends RoundExchange {
  private static final long serialVersionUID = 1L;
  private static final Map<Long, Meeting> MEETINGS = new ConcurrentHashMap<>();
  private static final AtomicLong NEXT = new AtomicLong();

  private final long key = NEXT.getAndIncrement();

  private record Left(long weight, EnginePool.Buffers buffers, Vectors vectors) {}

  private record Meeting(float[][] start, SortedMap<Integer, Left> left) {}

  LocalExchange(float[]... vectors) {
    MEETINGS.put(key, new Meeting(vectors, new ConcurrentSkipListMap<>()));
  }

  private Meeting meeting() {
    Meeting meeting = MEETINGS.get(key);
    checkState(meeting != null, "this round is over");
    return meeting;
  }

  @Override
  float[][] start() {
    return meeting().start();
  }

  @Override
  Iterator<Tuple2<Long, WorkerOutput>> send(
      int worker, long weight, EnginePool.Engine engine, Vectors vectors) {
    Left left = new Left(weight, engine.detachBuffers(), vectors);
    meeting().left().put(worker, left); // another attempt brings the same bits
    return Collections.emptyIterator();
  }

  @Override
  RoundResult run(JavaRDD<MultiDataSet> data, WorkerTask task, Vectors result) {
    List<List<StepStatistics>> statistics = new ArrayList<>();
    for (Tuple2<Long, WorkerOutput> output : data.mapPartitionsWithIndex(task, false).collect()) {
      statistics.add(output._2().statistics());
    }
    List<StepStatistics> steps = merge(statistics);
    boolean finite = areFinite(steps);
    if (finite) {
      List<Left> workers = List.copyOf(meeting().left().values());
      checkState(
          workers.size() == statistics.size(),
          "%s of %s workers have left their vectors",
          workers.size(),
          statistics.size());
      IntStream.range(0, result.blocks()).parallel().forEach(b -> average(workers, b, result));
    }
    return new RoundResult(steps, Map.of(), finite);
  }

  private static void average(List<Left> workers, int block, Vectors result) {
    if (workers.size() == 1) {
      result.set(block, workers.get(0).vectors().block(block));
      return;
    }
    WeightedMean mean = new WeightedMean(result.block(block).length());
    for (Left worker : workers) {
      VectorBlock values = worker.vectors().block(block);
      mean.add(values.array(), values.offset(), worker.weight());
    }
    float[] values = mean.mean();
    result.set(block, new VectorBlock(values, 0, values.length));
  }

  @Override
  void close() {
    Meeting meeting = MEETINGS.remove(key);
    meeting.left().values().forEach(left -> EnginePool.SHARED.recycle(left.buffers()));
  }
}

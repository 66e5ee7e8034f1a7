package io.sparkddpm.spark.session;

import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.error.UserException;
import java.io.Serializable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import scala.Function2;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;

/** Runs a Spark job whose results come to the driver one by one, as tasks end. */
public final class StreamedResults {
  private StreamedResults() {}

  /**
   * Computes {@code rdd}, partition by partition, and hands every element to {@code consumer}, in
   * the order in which tasks end and one at a time. Returns when all is done. An exception from the
   * consumer cancels what still runs and is thrown here; so does an error for the user that a task
   * ends with, without a second try unless reading or writing failed.
   *
   * @param description for Spark's UI and logs
   * @throws UserException the task's own, where a task failed with one
   * @throws TrainingDivergedException likewise
   */
  public static <T> void forEach(JavaRDD<T> rdd, String description, Consumer<T> consumer) {
    SparkContext context = rdd.context();
    String group = "spark-ddpm-" + rdd.id();
    AtomicReference<RuntimeException> failure = new AtomicReference<>();
    Function2<TaskContext, Iterator<T>, Object[]> collect =
        (Function2<TaskContext, Iterator<T>, Object[]> & Serializable)
            (task, elements) -> elementsOf(elements);
    Function2<Object, Object[], BoxedUnit> onDriver =
        (partition, elements) -> {
          for (Object element : elements) {
            accept(e -> hand(e, consumer), element, failure, context, group);
          }
          return BoxedUnit.UNIT;
        };
    var partitions = // Seq, which Scala 2.12 and 2.13 have in different packages
        JavaConverters.asScalaBuffer(
                IntStream.range(0, rdd.getNumPartitions()).<Object>mapToObj(i -> i).toList())
            .toSeq();
    context.setJobGroup(group, description, true);
    try {
      context.runJob(
          rdd.rdd(), collect, partitions, onDriver, ClassTag$.MODULE$.apply(Object[].class));
    } catch (Exception e) { // Scala throws SparkException, which is checked, without saying so
      throw failure.get() != null ? failure.get() : TaskErrors.of(e);
    } finally {
      context.clearJobGroup();
    }
    if (failure.get() != null) {
      throw failure.get();
    }
  }

  /**
   * All elements of a partition; or, where making them ended with an error for the user that no
   * second try could mend, that error alone, so that Spark takes it for a result.
   */
  private static <T> Object[] elementsOf(Iterator<T> elements) {
    try {
      return JavaConverters.seqAsJavaList(elements.toList()).toArray();
    } catch (RuntimeException e) {
      RuntimeException reported = TaskErrors.reported(e).filter(TaskErrors::isFinal).orElse(null);
      if (reported == null) {
        throw e;
      }
      return new Object[] {new Refused(reported)};
    }
  }

  @SuppressWarnings("unchecked") // the elements of an RDD of T
  private static <T> void hand(Object element, Consumer<T> consumer) {
    if (element instanceof Refused refused) {
      throw refused.error();
    }
    consumer.accept((T) element);
  }

  private static void accept(
      Consumer<Object> consumer,
      Object element,
      AtomicReference<RuntimeException> failure,
      SparkContext context,
      String group) {
    if (failure.get() != null) {
      return;
    }
    try {
      consumer.accept(element);
    } catch (RuntimeException e) {
      failure.set(e);
      context.cancelJobGroup(group);
    }
  }

  /**
   * What a task ended with instead of its elements.
   *
   * @param error for the user
   */
  private record Refused(RuntimeException error) implements Serializable {}
}

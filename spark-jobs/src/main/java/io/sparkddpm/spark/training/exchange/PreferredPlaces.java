package io.sparkddpm.spark.training.exchange;

import java.util.List;
import java.util.function.IntFunction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag$;

/** Numbers as tasks, each with places where it is best run. */
public final class PreferredPlaces {
  private PreferredPlaces() {}

  /**
   * A partition for each number.
   *
   * @param places of a number, best first: hosts, or executors as {@link WorkerOutput#place} names
   *     them
   */
  public static JavaRDD<Integer> rdd(
      JavaSparkContext spark, List<Integer> numbers, IntFunction<List<String>> places) {
    var preferences = // of Seq, which Scala 2.12 and 2.13 have in different packages
        numbers.stream()
            .map(n -> new Tuple2<>(n, JavaConverters.asScalaBuffer(places.apply(n)).toSeq()))
            .toList();
    return spark
        .sc()
        .makeRDD(
            JavaConverters.asScalaBuffer(preferences).toSeq(),
            ClassTag$.MODULE$.<Integer>apply(Integer.class))
        .toJavaRDD();
  }
}

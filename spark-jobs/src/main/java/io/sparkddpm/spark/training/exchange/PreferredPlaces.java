package io.sparkddpm.spark.training.exchange;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;
import scala.collection.JavaConverters;
import scala.collection.Seq;
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
    List<Tuple2<Integer, Seq<String>>> preferences = new ArrayList<>();
    for (int n : numbers) {
      preferences.add(new Tuple2<>(n, JavaConverters.asScalaBuffer(places.apply(n)).toSeq()));
    }
    return spark
        .sc()
        .makeRDD(
            JavaConverters.asScalaBuffer(preferences).toSeq(),
            ClassTag$.MODULE$.<Integer>apply(Integer.class))
        .toJavaRDD();
  }
}

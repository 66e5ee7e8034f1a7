package io.sparkddpm.spark.data;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The classes of a set's images.
 *
 * @param values for each image its label from 0, or {@link Condition#NO_LABEL}
 * @param names of the classes by label, sorted; empty where labels came as numbers
 */
public record Labels(int[] values, List<String> names) implements Serializable {
  /** Classes that a dataset may have. */
  static final int MOST = 100_000;

  private static final long serialVersionUID = 1L;
  private static final String EXPECTED =
      "a label is one whole number from 0 to 2147483647, or the name of a class";

  public Labels {
    names = new ArrayList<>(names); // serialised by Java and by Kryo
  }

  /** Of images without any. */
  public static Labels none(int images) {
    int[] values = new int[images];
    Arrays.fill(values, Condition.NO_LABEL);
    return new Labels(values, List.of());
  }

  /** Names of classes that have none: their numbers. */
  public static List<String> numbered(int classes) {
    return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
  }

  /** By names; an empty one is none. Classes are numbered in the names' order. */
  public static Labels ofNames(List<String> names) {
    List<String> classes = new TreeSet<>(names).stream().filter(n -> !n.isEmpty()).toList();
    int[] values =
        names.stream()
            .mapToInt(n -> n.isEmpty() ? Condition.NO_LABEL : indexOf(classes, n))
            .toArray();
    return new Labels(values, classes);
  }

  private static int indexOf(List<String> sorted, String name) {
    return Collections.binarySearch(sorted, name);
  }

  /**
   * By numbers.
   *
   * @param place of each number, for messages: file and entry
   * @throws UserException if one is not a whole number from 0
   */
  public static Labels ofNumbers(double[] numbers, IntFunction<String> place) {
    int[] values = new int[numbers.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = whole(numbers[i]).orElseThrow(wrong(place.apply(i), String.valueOf(numbers[i])));
    }
    return new Labels(values, List.of());
  }

  /** A number as a label, if it is one. */
  public static Optional<Integer> whole(double number) {
    boolean whole = number >= 0 && number <= Integer.MAX_VALUE && number == Math.rint(number);
    return whole ? Optional.of((int) number) : Optional.empty();
  }

  /**
   * @param place file and entry
   * @param found what stands there
   */
  public static Supplier<UserException> wrong(String place, String found) {
    return () -> new UserException("%s has the label %s; %s", place, found, EXPECTED);
  }

  /** How many images have none. */
  public long missing() {
    return Arrays.stream(values).filter(v -> v == Condition.NO_LABEL).count();
  }

  /** Those of images [from, from + count). */
  public int[] part(int from, int count) {
    return Arrays.copyOfRange(values, from, from + count);
  }

  /** The same for each image where classes are numbered as {@code classNames} are. */
  int[] among(List<String> classNames) {
    if (names.isEmpty() || names.equals(classNames)) {
      return values;
    }
    int[] numbers = names.stream().mapToInt(classNames::indexOf).toArray();
    return Arrays.stream(values).map(v -> v == Condition.NO_LABEL ? v : numbers[v]).toArray();
  }
}

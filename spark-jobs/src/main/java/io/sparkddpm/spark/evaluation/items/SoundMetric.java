package io.sparkddpm.spark.evaluation.items;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.error.UserException;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.sound.SoundMedium;
import io.sparkddpm.sound.SoundSet;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Sounds by their pitches and spectra, class by class, each beside what the reference itself has:
 * the share that lies within a semitone of its class's pitch, and the log-spectral distance, for
 * which the sounds of each class of the reference are shared out to two halves.
 */
final class SoundMetric implements ItemMetric {
  private static final String DISTANCE = "log-spectral-distance";

  @Override
  public boolean measures(Medium medium) {
    return medium instanceof SoundMedium;
  }

  @Override
  public String distance() {
    return DISTANCE;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UserException if samples are of a class of which the reference has no sound
   */
  @Override
  public Map<String, Double> measure(
      JavaSparkContext spark, Items samples, Items reference, Progress progress) {
    boolean byClass = hasClasses(samples) && hasClasses(reference);
    int[] labels = byClass ? reference.labels() : unlabelled(reference.count());
    if (byClass) {
      requireClasses(samples, reference);
    }
    int[][] halves = halves(labels);
    try (Progress.Task task = progress.start("listen", samples.count() + 2L * reference.count())) {
      int[] drawnLabels = byClass ? samples.labels() : unlabelled(samples.count());
      SoundSet drawn = listen(samples, drawnLabels, all(samples), task);
      SoundSet real = listen(reference, labels, all(reference), task);
      Map<String, Double> numbers = new LinkedHashMap<>();
      if (byClass) {
        numbers.put("pitch-within-semitone", drawn.shareInTune(real));
        numbers.put("pitch-within-semitone-of-reference", real.shareInTune(real));
      }
      numbers.put(DISTANCE, drawn.spectralDistance(real));
      if (halves[1].length > 0) {
        SoundSet first = listen(reference, labels, halves[0], task);
        SoundSet second = listen(reference, labels, halves[1], task);
        numbers.put("log-spectral-distance-of-reference-halves", first.spectralDistance(second));
      }
      return numbers;
    }
  }

  private static boolean hasClasses(Items items) {
    return Arrays.stream(items.labels()).allMatch(label -> label != Condition.NO_LABEL);
  }

  private static int[] unlabelled(int count) {
    int[] labels = new int[count];
    Arrays.fill(labels, Condition.NO_LABEL);
    return labels;
  }

  private static void requireClasses(Items samples, Items reference) {
    for (int label : samples.labels()) {
      if (Arrays.stream(reference.labels()).noneMatch(other -> other == label)) {
        throw new UserException(
            "the %s sounds of the reference that are compared have none of class %s: compare more,"
                + " or give a reference with all classes of the samples",
            reference.count(), label);
      }
    }
  }

  /** The sounds of each class in turn to one half and to the other. */
  private static int[][] halves(int[] labels) {
    Map<Integer, Integer> seen = new HashMap<>();
    boolean[] second = new boolean[labels.length];
    for (int i = 0; i < labels.length; i++) {
      second[i] = seen.merge(labels[i], 1, Integer::sum) % 2 == 0;
    }
    return new int[][] {
      IntStream.range(0, labels.length).filter(i -> !second[i]).toArray(),
      IntStream.range(0, labels.length).filter(i -> second[i]).toArray()
    };
  }

  private static int[] all(Items items) {
    return IntStream.range(0, items.count()).toArray();
  }

  private static SoundSet listen(Items items, int[] labels, int[] chosen, Progress.Task task) {
    Batch from = items.values();
    Batch sounds = new Batch(chosen.length, from.shape());
    for (int i = 0; i < chosen.length; i++) {
      System.arraycopy(
          from.data(), from.offset(chosen[i]), sounds.data(), sounds.offset(i), from.itemLength());
    }
    int[] chosenLabels = Arrays.stream(chosen).map(i -> labels[i]).toArray();
    int rate = ((SoundMedium) items.medium()).rate();
    SoundSet set = SoundSet.of(sounds, chosenLabels, rate);
    task.advance(chosen.length);
    return set;
  }
}

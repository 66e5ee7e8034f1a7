package io.sparkddpm.spark.evaluation.items;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.medium.Medium;
import io.sparkddpm.sound.SoundMedium;
import io.sparkddpm.sound.SoundSet;
import io.sparkddpm.spark.session.Progress;
import io.sparkddpm.tensor.Batch;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Sounds by their pitches and spectra, class by class, each beside what the reference itself has:
 * the share that lies within a semitone of its class's pitch, and the log-spectral distance, for
 * which the reference is cut into halves.
 */
final class SoundMetric implements ItemMetric {
  @Override
  public boolean measures(Medium medium) {
    return medium instanceof SoundMedium;
  }

  @Override
  public Map<String, Double> measure(
      JavaSparkContext spark, Items samples, Items reference, Progress progress) {
    int half = reference.count() / 2;
    try (Progress.Task task = progress.start("listen", samples.count() + 2L * reference.count())) {
      boolean byClass = hasClasses(samples) && hasClasses(reference);
      SoundSet drawn = listen(samples, 0, samples.count(), byClass, task);
      SoundSet real = listen(reference, 0, reference.count(), byClass, task);
      SoundSet first = listen(reference, 0, half, byClass, task);
      SoundSet second = listen(reference, half, reference.count(), byClass, task);
      Map<String, Double> numbers = new LinkedHashMap<>();
      if (byClass) {
        numbers.put("pitch-within-semitone", drawn.shareInTune(real));
        numbers.put("pitch-within-semitone-of-reference", real.shareInTune(real));
      }
      numbers.put("log-spectral-distance", drawn.spectralDistance(real));
      numbers.put("log-spectral-distance-of-reference-halves", first.spectralDistance(second));
      return numbers;
    }
  }

  private static boolean hasClasses(Items items) {
    return Arrays.stream(items.labels()).allMatch(label -> label != Condition.NO_LABEL);
  }

  private static SoundSet listen(
      Items items, int from, int to, boolean byClass, Progress.Task task) {
    Batch all = items.values();
    float[] values = Arrays.copyOfRange(all.data(), all.offset(from), all.offset(to));
    int[] labels = Arrays.copyOfRange(items.labels(), from, to);
    if (!byClass) {
      Arrays.fill(labels, Condition.NO_LABEL);
    }
    int rate = ((SoundMedium) items.medium()).rate();
    SoundSet set = SoundSet.of(new Batch(values, to - from, all.shape()), labels, rate);
    task.advance(to - from);
    return set;
  }
}

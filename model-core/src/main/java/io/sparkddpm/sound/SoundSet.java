package io.sparkddpm.sound;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.tensor.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The pitches of a set of sounds and their mean spectrum, by class. Immutable. */
public final class SoundSet {
  /** Decibels below which spectra do not differ. */
  private static final double FLOOR = -60;

  private static final int LARGEST_WINDOW = 512;

  private final int[] labels;
  private final double[] pitches;
  private final SortedMap<Integer, double[]> spectra;

  private SoundSet(int[] labels, double[] pitches, SortedMap<Integer, double[]> spectra) {
    this.labels = labels;
    this.pitches = pitches;
    this.spectra = spectra;
  }

  /**
   * Listens to sounds.
   *
   * @param sounds [N, 1, 1, L]
   * @param labels of each; those without a class have a negative one
   * @param rate samples a second
   */
  public static SoundSet of(Batch sounds, int[] labels, int rate) {
    checkArgument(labels.length == sounds.count(), "a label is needed for each sound");
    int window = Math.min(LARGEST_WINDOW, Integer.highestOneBit(sounds.itemLength()));
    Spectrum spectrum = new Spectrum(window);
    double[] pitches = new double[labels.length];
    SortedMap<Integer, double[]> sums = new TreeMap<>();
    for (int n = 0; n < labels.length; n++) {
      int from = sounds.offset(n);
      float[] sound = Arrays.copyOfRange(sounds.data(), from, from + sounds.itemLength());
      pitches[n] = Pitch.of(sound, rate).orElse(Double.NaN);
      double[] sum = sums.computeIfAbsent(labels[n], l -> new double[spectrum.bins()]);
      double[] powers = spectrum.mean(sound);
      for (int bin = 0; bin < sum.length; bin++) {
        sum[bin] += powers[bin];
      }
    }
    sums.forEach(
        (label, sum) -> {
          long count = Arrays.stream(labels).filter(l -> l == label).count();
          Arrays.setAll(sum, bin -> sum[bin] / count);
        });
    return new SoundSet(labels.clone(), pitches, sums);
  }

  /** Median of the pitches of a class in hertz; empty where none of its sounds has a pitch. */
  public OptionalDouble pitch(int label) {
    double[] ofClass =
        IntStream.range(0, labels.length)
            .filter(n -> labels[n] == label && !Double.isNaN(pitches[n]))
            .mapToDouble(n -> pitches[n])
            .sorted()
            .toArray();
    return ofClass.length == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(ofClass[ofClass.length / 2]);
  }

  /** Share of the sounds whose pitch lies within a semitone of their class's in a reference. */
  public double shareInTune(SoundSet reference) {
    int inTune = 0;
    for (int n = 0; n < labels.length; n++) {
      OptionalDouble wanted = reference.pitch(labels[n]);
      boolean near =
          wanted.isPresent()
              && Math.abs(Pitch.semitones(wanted.getAsDouble(), pitches[n])) <= 1; // NaN is not
      inTune += near ? 1 : 0;
    }
    return (double) inTune / labels.length;
  }

  /**
   * Log-spectral distance from another set, in decibels: that of the mean spectra of a class, in
   * the mean over the classes that both have; below −60 dB spectra do not differ.
   *
   * @throws IllegalArgumentException if they have no class in common
   */
  public double spectralDistance(SoundSet other) {
    List<Double> distances = new ArrayList<>();
    spectra.forEach(
        (label, spectrum) -> {
          if (other.spectra.containsKey(label)) {
            distances.add(Spectrum.distance(spectrum, other.spectra.get(label), FLOOR));
          }
        });
    checkArgument(
        !distances.isEmpty(),
        "sounds of the classes %s and %s have no class in common",
        spectra.keySet(),
        other.spectra.keySet());
    return distances.stream().mapToDouble(d -> d).average().orElseThrow();
  }
}

package io.sparkddpm.interchange;

import io.sparkddpm.error.UserException;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.StoredTensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Finds the tensors of a network in a file of another program, whatever {@link KeyForm} its names
 * have, what stands before them ({@code model.}, {@code module.}), and in which of its parts they
 * lie. Where several parts hold such a network the user says which; none is preferred.
 */
public final class ForeignWeights {
  private static final String TOP = ".";

  private final String file;
  private final List<NamedTensor> layout;
  private final int levels;

  /**
   * @param file its name, for messages
   * @param layout of the network
   */
  public ForeignWeights(String file, List<NamedTensor> layout) {
    this.file = file;
    this.layout = layout;
    this.levels = KeyForm.levels(layout);
  }

  /** A place where the tensors may be. */
  private record Place(TensorGroup group, String prefix, String suffix) {
    /** What the user calls it. */
    String part() {
      String path = group.place() + (group.place().isEmpty() || prefix.isEmpty() ? "" : "/");
      String part = path + prefix + (suffix.isEmpty() ? "" : "*" + suffix);
      return part.isEmpty() ? TOP : part;
    }
  }

  /**
   * A place read in one form.
   *
   * @param found tensors by our names
   * @param problem why they are not the network's; empty: they are
   */
  private record Reading(
      Place place, KeyForm form, Map<String, StoredTensor> found, Optional<String> problem) {}

  /**
   * The weights, flat, in the network's order.
   *
   * @param part the part to take, or how its name begins; empty: there must be only one
   * @throws UserException if no part has the network's tensors, naming what is wrong in the one
   *     that comes nearest; or if several have them
   */
  public float[] read(List<TensorGroup> groups, Optional<String> part) throws IOException {
    Map<Place, Reading> readings = new LinkedHashMap<>();
    for (Reading reading : readings(groups)) {
      readings.merge(reading.place(), reading, ForeignWeights::nearer);
    }
    List<Reading> wanted = new ArrayList<>(readings.values());
    if (part.isPresent()) {
      wanted = ofPart(wanted, part.get());
    }
    List<Reading> fitting = wanted.stream().filter(r -> r.problem().isEmpty()).toList();
    if (fitting.size() > 1) {
      throw new UserException(
          "%s holds weights of this network in several parts: %s; choose one with --part",
          file, parts(fitting));
    }
    if (fitting.isEmpty()) {
      throw new UserException(
          "%s",
          wanted.stream().reduce(ForeignWeights::nearer).orElseThrow().problem().orElseThrow());
    }
    return values(fitting.get(0));
  }

  /** Readings whose part is the given one and fits, else those whose part begins like it. */
  private List<Reading> ofPart(List<Reading> readings, String part) {
    List<Reading> named = readings.stream().filter(r -> r.place().part().startsWith(part)).toList();
    if (named.isEmpty()) {
      throw new UserException(
          "%s has no part '%s' that may hold weights; it has %s", file, part, parts(readings));
    }
    return named.stream()
        .filter(r -> r.place().part().equals(part) && r.problem().isEmpty())
        .findFirst()
        .map(List::of)
        .orElse(named);
  }

  private static String parts(List<Reading> readings) {
    return readings.stream().map(r -> r.place().part()).collect(Collectors.joining(", "));
  }

  /** The one that fits, or that lacks less; of equals the first. */
  private static Reading nearer(Reading one, Reading other) {
    if (one.problem().isEmpty() || other.problem().isEmpty()) {
      return one.problem().isEmpty() ? one : other;
    }
    return other.found().size() > one.found().size() ? other : one;
  }

  private List<Reading> readings(List<TensorGroup> groups) {
    List<Reading> readings = new ArrayList<>();
    for (TensorGroup group : groups) {
      for (KeyForm form : KeyForm.values()) {
        places(group, form).forEach(place -> readings.add(reading(place, form)));
      }
    }
    return readings;
  }

  /** Where the network's first tensor is found, and the group as it is. */
  private Set<Place> places(TensorGroup group, KeyForm form) {
    Set<Place> places = new LinkedHashSet<>();
    places.add(new Place(group, "", ""));
    for (String name : form.names(layout.get(0).name(), levels)) {
      for (String suffix : form.suffixes()) {
        for (String key : group.tensors().keySet()) {
          if (key.endsWith(name + suffix)) {
            String prefix = key.substring(0, key.length() - name.length() - suffix.length());
            places.add(new Place(group, prefix, suffix));
          }
        }
      }
    }
    return places;
  }

  private Reading reading(Place place, KeyForm form) {
    Map<String, StoredTensor> found = new HashMap<>();
    Set<String> used = new TreeSet<>();
    Optional<String> problem = Optional.empty();
    for (NamedTensor tensor : layout) {
      Optional<String> key =
          form.names(tensor.name(), levels).stream()
              .map(name -> place.prefix() + name + place.suffix())
              .filter(place.group().tensors()::containsKey)
              .findFirst();
      Optional<String> wrong =
          key.isEmpty()
              ? Optional.of(lacks(tensor, place, form))
              : misfit(tensor, key.get(), place.group().tensors().get(key.get()), form);
      if (wrong.isEmpty()) {
        found.put(tensor.name(), place.group().tensors().get(key.orElseThrow()));
        used.add(key.orElseThrow());
      }
      problem = problem.or(() -> wrong);
    }
    return new Reading(place, form, found, problem.or(() -> unknown(place, used)));
  }

  private String lacks(NamedTensor tensor, Place place, KeyForm form) {
    String name = form.names(tensor.name(), levels).stream().findFirst().orElse(tensor.name());
    return file
        + " lacks tensor "
        + place.prefix()
        + name
        + place.suffix()
        + " of shape "
        + form.shape(tensor.shape());
  }

  private Optional<String> misfit(
      NamedTensor tensor, String key, StoredTensor stored, KeyForm form) {
    List<Long> shape = form.shape(tensor.shape());
    if (!stored.shape().equals(shape) && !stored.shape().equals(form.withoutPlaces(shape))) {
      return Optional.of(
          file + ": tensor " + key + " must have shape " + shape + ", got " + stored.shape());
    }
    if (!stored.type().isFloat()) {
      return Optional.of(file + ": tensor " + key + " must hold weights, it is " + stored.type());
    }
    return Optional.empty();
  }

  /** A tensor of the place that is not the network's; an optimiser's slots of a tensor may be. */
  private Optional<String> unknown(Place place, Set<String> used) {
    return place.group().tensors().keySet().stream()
        .filter(key -> key.startsWith(place.prefix()) && key.endsWith(place.suffix()))
        .filter(key -> !used.contains(key) && !isSlot(key, used))
        .min(Comparator.naturalOrder())
        .map(key -> file + " has a tensor that the network does not know: " + key);
  }

  private static boolean isSlot(String key, Set<String> used) {
    int slash = key.lastIndexOf('/');
    return slash > 0 && used.contains(key.substring(0, slash));
  }

  private float[] values(Reading reading) throws IOException {
    long length = layout.stream().mapToLong(NamedTensor::length).sum();
    float[] values = new float[Math.toIntExact(length)];
    for (NamedTensor tensor : layout) {
      float[] part =
          reading.form().ordered(reading.found().get(tensor.name()).toFloats(), tensor.shape());
      System.arraycopy(part, 0, values, (int) tensor.offset(), part.length);
    }
    return values;
  }
}

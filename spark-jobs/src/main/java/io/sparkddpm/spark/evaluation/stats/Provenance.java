package io.sparkddpm.spark.evaluation.stats;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.Manifest;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a set of images came about, as far as its manifest says. Statistics keep it of the images
 * that they were made from.
 *
 * @param facts by name, such as weights, checkpoint-step, seed.sample
 */
public record Provenance(SortedMap<String, String> facts) {
  /** Nothing is known: a folder, for example. */
  public static final Provenance NONE = new Provenance(new TreeMap<>());

  private static final String KEPT = "of.";

  public Provenance {
    facts = Collections.unmodifiableSortedMap(new TreeMap<>(facts));
  }

  public static Provenance of(Manifest manifest) {
    SortedMap<String, String> facts = new TreeMap<>();
    if (manifest.kind() == ArtifactKind.STATS) {
      manifest
          .properties()
          .forEach(
              (name, value) -> {
                if (name.startsWith(KEPT)) {
                  facts.put(name.substring(KEPT.length()), value);
                }
              });
      return new Provenance(facts);
    }
    facts.putAll(manifest.config());
    facts.putAll(manifest.properties());
    manifest.seeds().forEach((name, seed) -> facts.put("seed." + name, String.valueOf(seed)));
    manifest.counts().forEach((name, count) -> facts.put(name, String.valueOf(count)));
    for (int i = 0; i < manifest.inputs().size(); i++) {
      facts.put("input." + i, manifest.inputs().get(i).fingerprint());
    }
    return new Provenance(facts);
  }

  /** Adds the facts to the manifest of statistics. */
  Manifest.Builder keep(Manifest.Builder builder) {
    facts.forEach((name, value) -> builder.property(KEPT + name, value));
    return builder;
  }

  /** Which weights drew the images: "raw" or "ema-…". */
  public Optional<String> weights() {
    return Optional.ofNullable(facts.get("weights"));
  }

  /** Optimiser steps of the checkpoint that drew the images. */
  public Optional<Long> step() {
    return Optional.ofNullable(facts.get("checkpoint-step")).map(Long::valueOf);
  }

  public Optional<String> sampler() {
    return Optional.ofNullable(facts.get("sampler.sampler")).map(s -> s.toLowerCase(Locale.ROOT));
  }

  public Optional<String> samplerSteps() {
    return Optional.ofNullable(facts.get("sampler.steps"));
  }

  public Optional<String> seed() {
    return Optional.ofNullable(facts.get("seed.sample"));
  }

  /** A warning if the weights are an average that still holds much of its beginning. */
  public Optional<String> youngAverage() {
    if (weights().isEmpty() || step().isEmpty() || !weights().get().startsWith("ema-")) {
      return Optional.empty();
    }
    double rate = Double.parseDouble(weights().get().substring("ema-".length()));
    long needed = Math.round(1 / (1 - rate));
    if (step().get() >= needed) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "samples: %s averages over some %d steps, but training had taken %d; it may still hold"
                + " much of the beginning",
            weights().get(),
            needed,
            step().get()));
  }

  /** In a few words, such as "ema-0.9999 at step 800000, ddim in 50 steps, seed 0"; or nothing. */
  public String summary() {
    StringBuilder text = new StringBuilder();
    weights().ifPresent(text::append);
    step().ifPresent(s -> text.append(" at step ").append(s));
    sampler().ifPresent(s -> text.append(", ").append(s));
    samplerSteps()
        .filter(s -> !s.equals("0"))
        .ifPresent(s -> text.append(" in ").append(s).append(" steps"));
    seed().ifPresent(s -> text.append(", seed ").append(s));
    return text.toString();
  }
}

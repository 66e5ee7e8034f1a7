/**
 * Measures sets of images on executors: feature statistics, Fréchet distances and other metrics.
 * This package holds the configuration; {@code input} reads images, {@code features} takes their
 * features, {@code stats} keeps statistics, {@code metric} compares two sets, {@code job} runs it
 * all. Each of them may know only those before it.
 */
package io.sparkddpm.spark.evaluation;

/**
 * Distances between sets of images: feature extractors, mergeable statistics of features, the
 * Fréchet distance and its relatives. Knows images, errors and random streams only; the tensor
 * library is used in {@code network} alone.
 */
package io.sparkddpm.statistics;

/**
 * Statistics of features: their reduction on executors, the artefact that holds them, merging, and
 * the .npz files of other tools.
 */
package io.sparkddpm.spark.evaluation.stats;

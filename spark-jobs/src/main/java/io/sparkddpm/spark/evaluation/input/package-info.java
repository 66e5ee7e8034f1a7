/**
 * The images of a set, whatever holds them: datasets, samples, folders, .zip and .npz files, and
 * images that are drawn as they are read. Knows nothing of features.
 */
package io.sparkddpm.spark.evaluation.input;

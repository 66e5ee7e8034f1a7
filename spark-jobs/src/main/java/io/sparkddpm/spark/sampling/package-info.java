/** Draws images from checkpoints on the executors and keeps them as artefacts. */
package io.sparkddpm.spark.sampling;

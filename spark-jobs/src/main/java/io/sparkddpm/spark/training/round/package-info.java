/**
 * A round: what its workers know, what each of them does, and how a round runs as a Spark job.
 * Knows neither run directories nor checkpoints, nor any library that trains on Spark: {@link
 * io.sparkddpm.spark.training.round.Carriers} finds one if it is there.
 */
package io.sparkddpm.spark.training.round;

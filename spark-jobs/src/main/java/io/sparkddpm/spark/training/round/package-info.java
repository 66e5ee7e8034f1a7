/**
 * A round: what its workers know, what each of them does, and how a round runs as a Spark job.
 * Knows neither run directories nor checkpoints. The only package that knows dl4j-spark: {@link
 * io.sparkddpm.spark.training.round.RoundTrainingMaster} plugs the rounds into it.
 */
package io.sparkddpm.spark.training.round;

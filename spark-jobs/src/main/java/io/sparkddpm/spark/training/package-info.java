/**
 * Distributed training in rounds, and the run directory. The only package that knows dl4j-spark:
 * {@link io.sparkddpm.spark.training.RoundTrainingMaster} plugs the rounds into it.
 */
package io.sparkddpm.spark.training;

/**
 * Soak runs: training on a cluster of processes of which some are killed at random, again and
 * again, compared bit by bit with training that nobody disturbs.
 */
package io.sparkddpm.spark.chaos;

/**
 * How the vectors of a round reach its workers and come back averaged: within one JVM, or in blocks
 * from executor to executor. Knows nothing of minibatches, networks or run directories.
 */
package io.sparkddpm.spark.training.exchange;

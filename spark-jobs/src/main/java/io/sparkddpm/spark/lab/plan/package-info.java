/** Predictions of how training scales, from measured costs of a round. */
package io.sparkddpm.spark.lab.plan;

/** What is measured of two sets: one class for each metric. */
package io.sparkddpm.spark.evaluation.metric;

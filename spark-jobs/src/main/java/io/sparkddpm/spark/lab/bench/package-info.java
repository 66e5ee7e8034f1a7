/** Benchmarks of what a round costs beside its steps. */
package io.sparkddpm.spark.lab.bench;

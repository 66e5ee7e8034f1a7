/**
 * Datasets: images of any source decoded in parallel into Parquet shards, and read back in the
 * keyed order of training.
 */
package io.sparkddpm.spark.data;

/** Watching a run: deadlines, executors, hardware, and observers of its events. */
package io.sparkddpm.spark.training.monitor;

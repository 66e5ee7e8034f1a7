/** Training a run: checks before the start, the loop over rounds, and what it leaves behind. */
package io.sparkddpm.spark.training.job;
